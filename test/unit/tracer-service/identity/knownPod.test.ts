import { describe, expect, it } from "vitest";

import { KnownPod, type PodMemory } from "../../../../tracer-service/identity/knownPod.ts";
import { CODER_RULES, CONTAINER_ID, fixturePod, JESSIE, metadataOf, POD_UID } from "./fixturePods.ts";

const labels = { username: "jessie", workspace_name: "main" };

function learn(
  pod: KnownPod,
  ...[given, changes, owners = []]: [...Parameters<typeof fixturePod>, Record<string, string>[]?]
) {
  return pod.learn(
    fixturePod(given, changes),
    owners.map((each) => metadataOf(each)),
    CODER_RULES,
  );
}

describe("KnownPod", () => {
  it("is unknown until it is told of", () => {
    const pod = new KnownPod(POD_UID);
    expect(pod.standing).toBe("unknown");
    expect(pod.place).toMatchObject({ podUid: POD_UID, namespace: undefined, pod: undefined });
    expect(pod.placeOf(CONTAINER_ID)).toBeUndefined();
  });

  it("is a workspace by its own labels or its owners'", () => {
    for (const [own, owners] of [
      [JESSIE, []],
      [{}, [JESSIE]],
    ] as const) {
      const pod = new KnownPod(POD_UID);
      expect(learn(pod, own, {}, [...owners])).toEqual({ change: undefined, problems: [] });
      expect(pod.standing).toBe("workspace");
      expect(pod.workspace).toMatchObject({
        labels,
        attribution: "pod",
        pod: { namespace: "coder", pod: "jessie-main" },
      });
    }
  });

  it.each<[string, Record<string, string>, object | undefined]>([
    [
      "another user",
      { ...JESSIE, "com.coder.user.username": "eve" },
      { username: "eve", workspace_name: "main" },
    ],
    ["nobody", {}, undefined],
  ])("stays what it was at first when it claims to be %s, and says so once", (_, changed, claimed) => {
    const pod = new KnownPod(POD_UID);
    learn(pod, JESSIE);
    expect(learn(pod, changed).change).toMatchObject({ labels, claimed, pod: { podUid: POD_UID } });
    expect(learn(pod, changed).change).toBeUndefined();
    expect([pod.standing, pod.workspace?.labels]).toEqual(["workspace", labels]);
    expect(learn(pod, JESSIE).change).toMatchObject({ labels, claimed: labels });
  });

  it("becomes a workspace when it is labelled later", () => {
    const pod = new KnownPod(POD_UID);
    learn(pod, {});
    expect(pod.standing).toBe("outside");
    expect(learn(pod, JESSIE).change).toBeUndefined();
    expect([pod.standing, pod.workspace?.labels]).toEqual(["workspace", labels]);
  });

  it("is left to its sidecar, whatever its labels say", () => {
    const pod = new KnownPod(POD_UID);
    learn(pod, JESSIE, { hasSidecar: true });
    expect([pod.standing, pod.workspace]).toEqual(["outside", undefined]);
  });

  it("does not become another that claims its cgroup", () => {
    const pod = new KnownPod(POD_UID);
    learn(pod, JESSIE);
    const eve = { ...JESSIE, "com.coder.user.username": "eve" };
    expect(learn(pod, eve, { name: "eve-pod" }).problems).toEqual([
      "coder/eve-pod claims to be the static pod jessie-main",
    ]);
    expect(learn(pod, eve, { name: "eve-pod" }).problems).toEqual([]);
    expect(pod.place.pod).toBe("jessie-main");
    expect(pod.workspace?.labels).toEqual(labels);
  });

  it("names its containers, and remembers those that a later status no longer tells", () => {
    const pod = new KnownPod(POD_UID);
    learn(pod, JESSIE);
    learn(pod, JESSIE, { containers: new Map() });
    expect(pod.placeOf(CONTAINER_ID)).toEqual({
      namespace: "coder",
      pod: "jessie-main",
      podUid: POD_UID,
      serviceAccount: "default",
      container: "dev",
      image: "example/dev:1",
      containerId: CONTAINER_ID,
    });
    expect(pod.placeOf(CONTAINER_ID)).toBe(pod.placeOf(CONTAINER_ID));
    expect(pod.placeOf(undefined)).toMatchObject({ pod: "jessie-main", container: undefined });
    expect(pod.placeOf("f".repeat(64))).toBeUndefined();
  });

  it("keeps the ids of containers for the next service, and tells one that has no name yet", () => {
    const pod = new KnownPod(POD_UID);
    learn(pod, JESSIE);
    const text = JSON.stringify(pod.memory);
    expect(text.split(CONTAINER_ID)).toHaveLength(2);
    const restored = KnownPod.restore(JSON.parse(text) as PodMemory);
    expect(restored.placeOf(CONTAINER_ID)).toEqual(pod.placeOf(CONTAINER_ID));
    const other = "f".repeat(64);
    expect(restored.placeOfUnnamed(other)).toEqual({ ...pod.place, containerId: other });
    expect(restored.placeOfUnnamed(other)).toBe(restored.placeOfUnnamed(other));
    expect(restored.placeOfUnnamed(undefined)).toEqual(pod.place);
  });

  it("remembers the latest 256 containers of a pod that restarts them for ever", () => {
    const pod = new KnownPod(POD_UID);
    const id = (n: number): string => n.toString(16).padStart(64, "0");
    for (let n = 0; n < 300; n++)
      learn(pod, JESSIE, { containers: new Map([[id(n), { name: "dev", image: undefined }]]) });
    expect(pod.placeOf(id(43))).toBeUndefined();
    expect(pod.placeOf(id(44))).toBeDefined();
  });

  it("knows all containers that its status tells, however many, and whatever others have come and gone", () => {
    const pod = new KnownPod(POD_UID);
    const id = (n: number): string => n.toString(16).padStart(64, "0");
    const told = Array.from({ length: 300 }, (_, n) => [id(n), { name: "dev", image: undefined }] as const);
    learn(pod, JESSIE, { containers: new Map(told) });
    learn(pod, JESSIE, {
      containers: new Map([...told.slice(0, 10), [id(400), told[0]?.[1] ?? { name: "x", image: undefined }]]),
    });
    for (let n = 0; n < 10; n++) expect(pod.placeOf(id(n))).toBeDefined();
    expect(pod.placeOf(id(10))).toBeUndefined();
    expect(pod.placeOf(id(400))).toBeDefined();
  });

  it("takes the first container for its sandbox once another has been named", () => {
    const pod = new KnownPod(POD_UID);
    const sandbox = "a".repeat(64);
    pod.made();
    pod.containerMade(sandbox);
    pod.containerMade(CONTAINER_ID);
    learn(pod, JESSIE, { containers: new Map() });
    expect(pod.placeOf(sandbox)).toBeUndefined();
    learn(pod, JESSIE);
    expect(pod.placeOf(sandbox)).toMatchObject({ pod: "jessie-main", container: undefined });
  });

  it("takes no container for the sandbox of a pod that it did not see from its start", () => {
    const pod = new KnownPod(POD_UID);
    const late = "a".repeat(64);
    pod.containerMade(late);
    learn(pod, JESSIE);
    expect(pod.placeOf(late)).toBeUndefined();
  });

  it("says which value of its metadata can't be used", () => {
    const pod = new KnownPod(POD_UID);
    const { problems } = learn(pod, { ...JESSIE, "com.coder.workspace.id": "\u202E" });
    expect(problems).toEqual([expect.stringContaining("workspace_id would be")]);
    expect(pod.standing).toBe("workspace");
  });
});
