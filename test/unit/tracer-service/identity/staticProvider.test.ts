import { beforeEach, describe, expect, it } from "vitest";

import { CgroupTree } from "../../../../tracer-service/cgroup/cgroupTree.ts";
import type { KernelCgroupMade } from "../../../../tracer-service/decode/kernelRecord.ts";
import { StaticProvider } from "../../../../tracer-service/identity/staticProvider.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { FakeCgroups } from "../cgroup/fakeCgroups.ts";
import { FakeScope } from "./fakeScope.ts";

const workspace = new Workspace({ username: "jessie" }, "static");

function made(cgroupKey: bigint, parentKey: bigint, name: string): KernelCgroupMade {
  return {
    type: "cgroupMade",
    cpu: 0,
    cpuSeq: 1,
    timeNs: 0n,
    owner: 2,
    prefix: 0,
    cgroupKey,
    parentKey,
    name,
  };
}

describe("StaticProvider", () => {
  let files: FakeCgroups;
  let tree: CgroupTree;
  let scope: FakeScope;
  let provider: StaticProvider;
  let pod: bigint;

  beforeEach(() => {
    files = new FakeCgroups();
    pod = files.make("/cg/pod");
    tree = new CgroupTree([{ number: 0, mountPoint: "/cg" }], files);
    scope = new FakeScope();
    provider = new StaticProvider(workspace, tree, scope, (control, owner) => {
      for (const key of tree.keysOf("/pod")) control.setCgroupVerdict(key, owner);
      tree.scan("/pod", () => true);
      return ["/pod"];
    });
    provider.start();
  });

  const where = (cgroupKey: bigint) => provider.attribute({ cgroupKey, owner: 2, loginUid: undefined });

  it("captures what it was told to", () => {
    expect([...scope.verdicts]).toEqual([[pod, constants.FIRST_OWNER]]);
  });

  it("attributes everything to its workspace, by the cgroup where that is known", () => {
    expect(where(pod)).toEqual({ workspace, cgroup: "/pod" });
    expect(where(999n)).toEqual({ workspace, cgroup: undefined });
  });

  it("learns of cgroups that are made, and forgets those that are removed", () => {
    provider.cgroupMade(made(50n, pod, "child"));
    expect(where(50n).cgroup).toBe("/pod/child");
    provider.cgroupRemoved(50n);
    expect(where(50n).cgroup).toBeUndefined();
  });

  it("knows the path of a cgroup that was removed and is made again", () => {
    provider.cgroupRemoved(pod);
    provider.cgroupMade({ ...made(51n, 1n, "pod"), prefix: 1 });
    provider.cgroupMade(made(52n, 51n, "child"));
    expect([where(51n).cgroup, where(52n).cgroup]).toEqual(["/pod", "/pod/child"]);
  });

  it("forgets what is gone when notices were lost", () => {
    provider.cgroupMade(made(50n, pod, "child"));
    provider.resynchronise();
    expect([where(50n).cgroup, where(pod).cgroup]).toEqual([undefined, "/pod"]);
  });

  it("throws what keeps it from starting", () => {
    const broken = new StaticProvider(workspace, tree, scope, () => {
      throw new Error("there is no such cgroup");
    });
    expect(() => {
      broken.start();
    }).toThrow("there is no such cgroup");
  });
});
