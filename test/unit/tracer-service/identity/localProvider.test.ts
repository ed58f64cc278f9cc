import { beforeEach, describe, expect, it } from "vitest";

import { CgroupTree } from "../../../../tracer-service/cgroup/cgroupTree.ts";
import type { KernelCgroupMade } from "../../../../tracer-service/decode/kernelRecord.ts";
import type { Attributed } from "../../../../tracer-service/identity/identityProvider.ts";
import { LocalProvider } from "../../../../tracer-service/identity/localProvider.ts";
import { OwnerTable } from "../../../../tracer-service/identity/ownerTable.ts";
import { parseRules } from "../../../../tracer-service/identity/rulesFile.ts";
import { WorkspaceMatcher } from "../../../../tracer-service/identity/workspaceMatcher.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { FakeCgroups } from "../cgroup/fakeCgroups.ts";
import { fixtureUsers } from "./fixtureUsers.ts";
import { FakeScope } from "./fakeScope.ts";

const rules = parseRules(
  "rules.yaml",
  `
rules:
  - cgroup: /workspaces/{username}/{workspace_name}
  - cgroup: /user.slice/user-{uid}.slice
    labels: { username: "{user}", workspace_name: login }
  - login_uid: 1000-1999
    labels: { username: "{user}", workspace_name: login }
`,
);
const jessie = { username: "jessie", workspace_name: "main" };

describe("LocalProvider", () => {
  let files: FakeCgroups;
  let tree: CgroupTree;
  let scope: FakeScope;
  let owners: OwnerTable;
  let provider: LocalProvider;
  let userName: (uid: number) => string;

  beforeEach(() => {
    userName = (uid) => `user${String(uid)}`;
    files = new FakeCgroups();
    files.make("/cg");
    files.make("/v1");
    scope = new FakeScope();
    owners = new OwnerTable();
  });

  function start(): void {
    const matcher = new WorkspaceMatcher(
      rules,
      fixtureUsers((uid) => userName(uid)),
      () => undefined,
    );
    const hierarchies = [
      { number: 0, mountPoint: "/cg" },
      { number: 8, mountPoint: "/v1" },
    ];
    tree = new CgroupTree(hierarchies, files);
    provider = new LocalProvider(matcher, tree, scope, owners);
    provider.start();
  }

  /** Makes a cgroup of the unified hierarchy and announces it, as the kernel does. */
  function make(path: string, prefix = 0): bigint {
    const [key, record] = makeQuietly(path, prefix);
    provider.cgroupMade(record);
    return key;
  }

  function makeQuietly(path: string, prefix = 0): [bigint, KernelCgroupMade] {
    const cgroupKey = files.make(`/cg${path}`);
    const parentKey = files.inode(`/cg${path.slice(0, path.lastIndexOf("/"))}`) ?? 0n;
    const name = path.slice(path.lastIndexOf("/") + 1);
    return [
      cgroupKey,
      { type: "cgroupMade", cpu: 0, cpuSeq: 1, timeNs: 0n, owner: 2, prefix, cgroupKey, parentKey, name },
    ];
  }

  function remove(path: string, key: bigint): void {
    files.remove(`/cg${path}`);
    provider.cgroupRemoved(key);
  }

  function attribute(
    cgroupKey: bigint,
    owner: number = owners.shared,
    loginUid?: number,
  ): Attributed | "outside" {
    return provider.attribute({ cgroupKey, owner, loginUid });
  }

  function labelsOf(attributed: Attributed | "outside"): object | undefined {
    return attributed === "outside" ? undefined : attributed.workspace?.labels;
  }

  it("captures the paths below which rules can match, made already or later", () => {
    const existing = files.make("/cg/workspaces");
    start();
    expect(scope.verdicts.get(existing)).toBe(owners.shared);
    expect([...scope.paths]).toEqual([
      ["/user.slice", { owner: owners.shared, prefix: 1 }],
      ["/workspaces", { owner: owners.shared, prefix: 2 }],
    ]);
  });

  it("knows the workspaces that exist when it starts, each under an owner of its own", () => {
    const main = files.make("/cg/workspaces/jessie/main");
    const other = files.make("/cg/workspaces/jessie/other");
    const deep = files.make("/cg/workspaces/jessie/main/a/b");
    start();
    expect(attribute(main)).toMatchObject({
      cgroup: "/workspaces/jessie/main",
      workspace: { labels: jessie },
    });
    expect(attribute(deep)).toMatchObject({
      cgroup: "/workspaces/jessie/main/a/b",
      workspace: { labels: jessie },
    });
    expect(labelsOf(attribute(other))).toEqual({ ...jessie, workspace_name: "other" });
    expect(provider.workspaces()).toHaveLength(2);
    const verdicts = [main, other].map((key) => scope.verdicts.get(key));
    expect(new Set([...verdicts, owners.shared]).size).toBe(3);
    expect(scope.verdicts.has(deep)).toBe(false);
  });

  it("learns of workspaces that are made, from the scope's path on", () => {
    start();
    make("/workspaces", 2);
    const user = make("/workspaces/jessie");
    const main = make("/workspaces/jessie/main");
    const below = make("/workspaces/jessie/main/below");
    expect(attribute(user)).toBe("outside");
    expect(attribute(below)).toMatchObject({
      cgroup: "/workspaces/jessie/main/below",
      workspace: { labels: jessie },
    });
    expect(owners.workspace(scope.verdicts.get(main) ?? 0)?.labels).toEqual(jessie);
  });

  it("takes what can't be a workspace out of the scope, but for its login uid, and nothing that can", () => {
    start();
    make("/user.slice", 1);
    const service = make("/user.slice/other.service");
    make("/workspaces", 2);
    const user = make("/workspaces/jessie");
    // `UNDECIDED` in bpf/state.h.
    expect(scope.verdicts.get(service)).toBe(0);
    expect(attribute(service, constants.FIRST_LOGIN_OWNER, 1000)).toMatchObject({
      workspace: { attribution: "loginuid" },
      cgroup: "/user.slice/other.service",
    });
    expect(scope.verdicts.has(user)).toBe(false);
  });

  it("takes no name below a workspace for another one", () => {
    start();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    make("/workspaces/jessie/main");
    make("/workspaces/jessie/main/workspaces");
    make("/workspaces/jessie/main/workspaces/bob");
    const spoofed = make("/workspaces/jessie/main/workspaces/bob/main");
    expect(labelsOf(attribute(spoofed))).toEqual(jessie);
    expect(scope.verdicts.has(spoofed)).toBe(false);
    expect(provider.workspaces()).toHaveLength(1);
  });

  it("forgets a workspace with its cgroup, its verdict and its owner too", () => {
    start();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    const main = make("/workspaces/jessie/main");
    const owner = scope.verdicts.get(main) ?? 0;
    remove("/workspaces/jessie/main", main);
    expect(scope.verdicts.has(main)).toBe(false);
    expect(owners.workspace(owner)).toBeUndefined();
    expect(provider.workspaces()).toEqual([]);
    const again = make("/workspaces/jessie/main");
    expect(labelsOf(attribute(again))).toEqual(jessie);
  });

  it("leaves no verdict behind, however many cgroups come and go", () => {
    start();
    make("/workspaces", 2);
    make("/user.slice", 1);
    make("/workspaces/jessie");
    const before = scope.verdicts.size;
    for (let i = 0; i < 50; i++) {
      for (const path of [`/workspaces/jessie/w${String(i)}`, `/user.slice/s${String(i)}.service`]) {
        remove(path, make(path));
      }
    }
    expect(scope.verdicts.size).toBe(before);
  });

  it("keeps a workspace of two hierarchies until both of its cgroups are gone", () => {
    const v1 = (8n << 48n) | files.make("/v1/workspaces/jessie/main");
    const unified = files.make("/cg/workspaces/jessie/main");
    start();
    expect(provider.workspaces()).toHaveLength(1);
    expect(scope.verdicts.get(v1)).toBe(scope.verdicts.get(unified));
    remove("/workspaces/jessie/main", unified);
    expect(labelsOf(attribute(v1))).toEqual(jessie);
    expect(provider.workspaces()).toHaveLength(1);
    provider.cgroupRemoved(v1);
    expect(provider.workspaces()).toEqual([]);
  });

  it("finds a cgroup whose notice was lost when an event comes from it", () => {
    start();
    const [key] = makeQuietly("/workspaces/jessie/main");
    expect(attribute(key)).toMatchObject({
      cgroup: "/workspaces/jessie/main",
      workspace: { labels: jessie },
    });
  });

  it("looks for a cgroup that it can't find only once", () => {
    start();
    expect(attribute(777n)).toEqual({ workspace: undefined, cgroup: undefined });
    files.directories = () => {
      throw new Error("it looked again");
    };
    expect(attribute(777n)).toEqual({ workspace: undefined, cgroup: undefined });
  });

  it("sees what was made and removed while notices were lost", () => {
    start();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    const gone = make("/workspaces/jessie/gone");
    const owner = scope.verdicts.get(gone) ?? 0;
    files.remove("/cg/workspaces/jessie/gone");
    const [unannounced] = makeQuietly("/workspaces/jessie/main");
    provider.resynchronise();
    expect(owners.workspace(owner)).toBeUndefined();
    expect(scope.verdicts.has(gone)).toBe(false);
    expect(owners.workspace(scope.verdicts.get(unannounced) ?? 0)?.labels).toEqual(jessie);
  });

  it("goes by the owner where the cgroup is not known any more", () => {
    start();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    const main = make("/workspaces/jessie/main");
    expect(labelsOf(attribute(999n, scope.verdicts.get(main)))).toEqual(jessie);
  });

  it("goes by the login uid outside of every workspace", () => {
    start();
    const labels = { username: "user1000", workspace_name: "login" };
    expect(attribute(999n, constants.FIRST_LOGIN_OWNER, 1000)).toMatchObject({
      workspace: { labels, attribution: "loginuid" },
    });
    expect(labelsOf(attribute(999n, constants.FIRST_LOGIN_OWNER, 2000))).toBeUndefined();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    const main = make("/workspaces/jessie/main");
    expect(attribute(main, scope.verdicts.get(main), 1000)).toMatchObject({
      workspace: { attribution: "cgroup" },
    });
    const user = files.inode("/cg/workspaces/jessie") ?? 0n;
    expect(attribute(user, owners.shared, 1000)).toMatchObject({ workspace: { attribution: "loginuid" } });
  });

  it("goes by the new name when the user of a login uid is another, and keeps the workspace until then", () => {
    start();
    const workspaceOf = (): unknown => {
      const attributed = attribute(999n, constants.FIRST_LOGIN_OWNER, 1000);
      return attributed === "outside" ? undefined : attributed.workspace;
    };
    const before = workspaceOf();
    expect(workspaceOf()).toBe(before);
    userName = () => "eve";
    expect(workspaceOf()).toMatchObject({ labels: { username: "eve", workspace_name: "login" } });
  });

  it("attributes to a workspace even when the kernel has no room for its verdict", () => {
    start();
    make("/workspaces", 2);
    make("/workspaces/jessie");
    scope.setCgroupVerdict = () => {
      throw new Error("could not write to the kernel's map: E2BIG");
    };
    const [key, record] = makeQuietly("/workspaces/jessie/main");
    expect(() => {
      provider.cgroupMade(record);
    }).toThrow("E2BIG");
    expect(labelsOf(attribute(key))).toEqual(jessie);
  });
});
