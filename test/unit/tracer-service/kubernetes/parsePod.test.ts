import { describe, expect, it } from "vitest";

import { parsePod } from "../../../../tracer-service/kubernetes/parsePod.ts";

const UID = "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a";
const HASH = "8f1b2c3d4e5f60718293a4b5c6d7e8f9";
const MIRROR = { "kubernetes.io/config.mirror": HASH };
const WANTED = new Set(["team"]);
const id = (digit: string): string => digit.repeat(64);

function pod(parts: { metadata?: object; spec?: object; status?: object } = {}): unknown {
  return {
    metadata: { uid: UID, namespace: "coder", name: "jessie-main", ...parts.metadata },
    spec: {
      serviceAccountName: "default",
      containers: [{ name: "dev", image: "example/dev:1" }],
      ...parts.spec,
    },
    status: parts.status,
  };
}

describe("parsePod", () => {
  it("reads a pod that has no status yet", () => {
    expect(parsePod(pod(), WANTED)).toEqual({
      uid: UID,
      cgroupUid: UID,
      namespace: "coder",
      name: "jessie-main",
      serviceAccount: "default",
      labels: new Map(),
      annotations: new Map(),
      owner: undefined,
      hasSidecar: false,
      containers: new Map(),
    });
  });

  it("reads containers of every kind, those that ended and those that ran before", () => {
    const spec = {
      containers: [
        { name: "dev", image: "example/dev:1" },
        { name: "db", image: "example/db:2" },
      ],
      initContainers: [{ name: "prepare", image: "example/prepare:3" }],
      ephemeralContainers: [{ name: "debug", image: "example/debug:4" }],
    };
    const status = {
      containerStatuses: [
        {
          name: "dev",
          image: "sha256:of-what-runs",
          containerID: `containerd://${id("a")}`,
          lastState: { terminated: { containerID: `containerd://${id("b")}` } },
        },
        { name: "db", state: { terminated: { containerID: `cri-o://${id("c")}` } } },
      ],
      initContainerStatuses: [{ name: "prepare", containerID: `docker://${id("d")}` }],
      ephemeralContainerStatuses: [{ name: "debug", containerID: `containerd://${id("e")}` }],
    };
    expect([...parsePod(pod({ spec, status }), WANTED).containers]).toEqual([
      [id("a"), { name: "dev", image: "example/dev:1" }],
      [id("b"), { name: "dev", image: "example/dev:1" }],
      [id("c"), { name: "db", image: "example/db:2" }],
      [id("d"), { name: "prepare", image: "example/prepare:3" }],
      [id("e"), { name: "debug", image: "example/debug:4" }],
    ]);
  });

  it.each([
    [
      "its manifest's hash, in a mirror of a static pod",
      { ...MIRROR, "kubernetes.io/config.hash": HASH },
      HASH,
    ],
    ["its own uid, where it is no mirror", { "kubernetes.io/config.hash": HASH }, UID],
    [
      "its own uid, where the hash is another pod's uid",
      { ...MIRROR, "kubernetes.io/config.hash": UID.replace("0", "1") },
      UID,
    ],
    ["its own uid, where the hash is no text", { ...MIRROR, "kubernetes.io/config.hash": 7 }, UID],
  ])("names the cgroup by %s", (_, annotations, cgroupUid) => {
    expect(parsePod(pod({ metadata: { annotations } }), WANTED).cgroupUid).toBe(cgroupUid);
  });

  it("takes only labels and annotations that are wanted, and not all of one that is endless", () => {
    const metadata = {
      labels: { team: "blue", other: "x" },
      annotations: { team: "r".repeat(100_000), other: "x" },
    };
    const { labels, annotations } = parsePod(pod({ metadata }), WANTED);
    expect(labels).toEqual(new Map([["team", "blue"]]));
    expect([...annotations.keys()]).toEqual(["team"]);
    expect(annotations.get("team")?.length).toBe(300);
  });

  it.each([
    ["an object in place of labels' values", { labels: { team: {} } }],
    ["a list in place of labels", { labels: ["team"] }],
    ["what every object has in place of labels", { labels: null }],
  ])("takes no label from %s", (_, metadata) => {
    expect(parsePod(pod({ metadata }), new Set(["team", "constructor"])).labels).toEqual(new Map());
  });

  it.each([
    [
      "the owner that manages it",
      [{ kind: "X" }, { controller: true, apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u" }],
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u" },
    ],
    [
      "no owner that does not manage it",
      [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u" }],
      undefined,
    ],
    [
      "no owner without a uid",
      [{ controller: true, apiVersion: "apps/v1", kind: "ReplicaSet", name: "r" }],
      undefined,
    ],
    ["no owner where there is no list", "ReplicaSet", undefined],
  ])("finds %s", (_, ownerReferences, owner) => {
    expect(parsePod(pod({ metadata: { ownerReferences } }), WANTED).owner).toEqual(owner);
  });

  it.each([
    ["a container", { containers: [{ name: "exectrace" }] }, true],
    ["a native sidecar", { containers: [], initContainers: [{ name: "exectrace" }] }, true],
    [
      "an ephemeral container, which anybody may add later",
      { ephemeralContainers: [{ name: "exectrace" }] },
      false,
    ],
    ["none", {}, false],
  ])("sees its sidecar as %s", (_, spec, hasSidecar) => {
    expect(parsePod(pod({ spec }), WANTED).hasSidecar).toBe(hasSidecar);
  });

  it.each([
    ["an image of endless length", { containers: [{ name: "dev", image: "x".repeat(513) }] }],
    ["an image that is no plain name", { containers: [{ name: "dev", image: "a\u202Eb" }] }],
    ["a container that is not in the manifest", { containers: [] }],
  ])("says no image for %s", (_, spec) => {
    const status = { containerStatuses: [{ name: "dev", containerID: `containerd://${id("a")}` }] };
    expect(parsePod(pod({ spec, status }), WANTED).containers.get(id("a"))).toEqual({
      name: "dev",
      image: undefined,
    });
  });

  it.each([
    ["null", null],
    ["a text", "pod"],
    ["an object without metadata", {}],
    ["a pod without a uid", pod({ metadata: { uid: "" } })],
    ["a pod whose name is none", pod({ metadata: { name: "A b" } })],
    ["a pod whose namespace is too long", pod({ metadata: { namespace: "n".repeat(254) } })],
  ])("refuses %s", (_, value) => {
    expect(() => parsePod(value, WANTED)).toThrow("without uid, name or namespace");
  });
});
