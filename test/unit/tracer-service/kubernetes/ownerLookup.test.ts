import { describe, expect, it } from "vitest";

import { KubeError } from "../../../../tracer-service/kubernetes/kubeError.ts";
import { hasKnownOwner, OwnerLookup } from "../../../../tracer-service/kubernetes/ownerLookup.ts";
import { fixturePod } from "../identity/fixturePods.ts";

const reference = (kind: string, name: string, apiVersion = "apps/v1") => ({
  apiVersion,
  kind,
  name,
  uid: `uid-${name}`,
});
const object = (name: string, labels: object, ...owner: ReturnType<typeof reference>[]) => ({
  metadata: {
    uid: `uid-${name}`,
    labels,
    ownerReferences: owner.map((each) => ({ ...each, controller: true })),
  },
});

const OBJECTS: Readonly<Record<string, unknown>> = {
  "/apis/apps/v1/namespaces/coder/replicasets/r": object("r", { team: "r" }, reference("Deployment", "d")),
  "/apis/apps/v1/namespaces/coder/deployments/d": object("d", { team: "d" }),
  "/apis/apps/v1/namespaces/coder/statefulsets/s": object("s", { team: "s" }),
  "/apis/apps/v1/namespaces/coder/daemonsets/a": object("a", { team: "a" }),
  "/apis/batch/v1/namespaces/coder/jobs/j": object("j", { team: "j" }, reference("CronJob", "c", "batch/v1")),
  "/apis/batch/v1/namespaces/coder/cronjobs/c": object("c", { team: "c" }),
  "/apis/apps/v1/namespaces/coder/replicasets/other": {
    metadata: { uid: "uid-of-a-later-one", labels: { team: "x" } },
  },
  "/apis/apps/v1/namespaces/coder/replicasets/loop": object(
    "loop",
    { team: "l" },
    reference("ReplicaSet", "loop"),
  ),
};

class FakeApi {
  readonly asked: string[] = [];
  failing: KubeError | undefined;

  ask({ path }: { readonly path: string }): Promise<unknown> {
    this.asked.push(path);
    if (this.failing !== undefined) return Promise.reject(this.failing);
    if (path in OBJECTS) return Promise.resolve(OBJECTS[path]);
    return Promise.reject(new KubeError("not found", { status: 404 }));
  }
}

function start() {
  const api = new FakeApi();
  const clock = { ms: 0 };
  const lookup = new OwnerLookup(api, new Set(["team"]), () => clock.ms);
  const teams = async (owner: ReturnType<typeof reference> | undefined) => {
    const owners = await lookup.ownersOf(fixturePod({}, { owner }));
    return owners.map(({ labels }) => labels.get("team"));
  };
  return { api, clock, teams };
}

describe("OwnerLookup", () => {
  it.each([
    ["a Deployment's pod", reference("ReplicaSet", "r"), ["r", "d"]],
    ["a StatefulSet's pod", reference("StatefulSet", "s"), ["s"]],
    ["a DaemonSet's pod", reference("DaemonSet", "a"), ["a"]],
    ["a CronJob's pod", reference("Job", "j", "batch/v1"), ["j", "c"]],
    ["a pod that nobody manages", undefined, []],
    ["a pod of a kind that is not looked up", reference("Workflow", "w", "argoproj.io/v1"), []],
    ["a pod of a kind that only sounds like one", reference("ReplicaSet", "r", "evil.io/v1"), []],
    ["a pod whose owner is gone", reference("ReplicaSet", "gone"), []],
    ["a pod that names an owner of which only the name is right", reference("ReplicaSet", "other"), []],
    ["a pod whose owner owns itself", reference("ReplicaSet", "loop"), ["l", "l", "l"]],
  ])("finds the owners of %s", async (_, owner, expected) => {
    expect(await start().teams(owner)).toEqual(expected);
  });

  it("asks once for what fifty pods ask for at the same time", async () => {
    const { api, teams } = start();
    await Promise.all(Array.from({ length: 50 }, () => teams(reference("ReplicaSet", "r"))));
    expect(api.asked.length).toBe(2);
  });

  it("does not take one's wrong name for an owner for another's", async () => {
    const { teams } = start();
    const right = reference("ReplicaSet", "r");
    expect(await teams({ ...right, name: "gone" })).toEqual([]);
    expect(await teams({ ...right, kind: "Deployment" })).toEqual([]);
    expect(await teams(right)).toEqual(["r", "d"]);
  });

  it.each([
    ["an owner for five minutes", "r", 300_000, 2],
    ["for one minute that there is none", "gone", 60_000, 1],
  ])("remembers %s", async (_, name, ms, requests) => {
    const { api, clock, teams } = start();
    await teams(reference("ReplicaSet", name));
    clock.ms = ms - 1;
    await teams(reference("ReplicaSet", name));
    expect(api.asked.length).toBe(requests);
    clock.ms = ms + 1;
    await teams(reference("ReplicaSet", name));
    expect(api.asked.length).toBe(2 * requests);
  });

  it.each([403, 500, undefined])(
    "says that it does not know when the answer is %s, and asks again",
    async (status) => {
      const { api, teams } = start();
      api.failing = new KubeError("no", { status });
      await expect(teams(reference("ReplicaSet", "r"))).rejects.toThrow("no");
      api.failing = undefined;
      expect(await teams(reference("ReplicaSet", "r"))).toEqual(["r", "d"]);
    },
  );

  it("puts hostile names where names belong", async () => {
    const { api, teams } = start();
    await teams(reference("ReplicaSet", "secrets?x="));
    expect(api.asked).toEqual(["/apis/apps/v1/namespaces/coder/replicasets/secrets%3Fx%3D"]);
  });

  // `GET …/replicasets/..` is `GET …/namespaces/coder`, which tracers may not: the pod would stay unknown for ever.
  it.each([".", "..", "../../secrets", "%2e%2e"])(
    "does not ask for what nothing can be called: %s",
    async (name) => {
      const { api, teams } = start();
      api.failing = new KubeError("no", { status: 403 });
      expect(await teams(reference("ReplicaSet", name))).toEqual([]);
      expect(api.asked).toEqual([]);
    },
  );
});

describe("hasKnownOwner", () => {
  it.each([
    [reference("ReplicaSet", "r"), true],
    [reference("Node", "n", "v1"), false],
    [reference("__proto__", "r"), false],
    [undefined, false],
  ])("%j: %s", (owner, known) => {
    expect(hasKnownOwner(fixturePod({}, { owner }))).toBe(known);
  });
});
