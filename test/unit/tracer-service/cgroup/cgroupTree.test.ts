import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { cgroupKey, CgroupTree } from "../../../../tracer-service/cgroup/cgroupTree.ts";
import { FakeCgroups } from "./fakeCgroups.ts";

const hierarchies = [
  { number: 0, mountPoint: "/cg/unified" },
  { number: 8, mountPoint: "/cg/pids" },
];

describe("CgroupTree", () => {
  let files: FakeCgroups;
  let tree: CgroupTree;

  beforeEach(() => {
    files = new FakeCgroups();
    files.make("/cg/unified");
    files.make("/cg/pids");
    tree = new CgroupTree(hierarchies, files);
  });

  const keyOf = (directory: string, hierarchy: number): bigint =>
    cgroupKey(files.inode(directory) ?? 0n, hierarchy);

  it("knows the roots from the start", () => {
    expect(tree.seesRoot).toBe(true);
    expect(tree.path(keyOf("/cg/unified", 0))).toBe("/");
    expect(tree.path(keyOf("/cg/pids", 8))).toBe("/");
  });

  it("sees no root in a cgroup namespace of its own", () => {
    expect(new CgroupTree([], files).seesRoot).toBe(false);
  });

  it("keeps cgroups of different hierarchies with the same id apart", () => {
    tree.addPath(cgroupKey(5n, 0), "/in-unified");
    tree.addPath(cgroupKey(5n, 8), "/in-pids");
    expect([tree.path(cgroupKey(5n, 0)), tree.path(cgroupKey(5n, 8))]).toEqual(["/in-unified", "/in-pids"]);
  });

  it("composes paths from the parent's", () => {
    const root = keyOf("/cg/unified", 0);
    expect(tree.add(100n, root, "workspaces")).toBe("/workspaces");
    expect(tree.add(101n, 100n, "jessie")).toBe("/workspaces/jessie");
    expect(tree.path(101n)).toBe("/workspaces/jessie");
    expect(tree.add(103n, 102n, "orphan")).toBeUndefined();
    expect(tree.path(103n)).toBeUndefined();
    tree.remove(101n);
    expect(tree.path(101n)).toBeUndefined();
  });

  it("keeps the beginning of the path of cgroups nested without end", () => {
    let parent = keyOf("/cg/unified", 0);
    for (let depth = 1; depth <= 1_000; depth++) {
      tree.add(BigInt(1_000 + depth), parent, "x".repeat(255));
      parent = BigInt(1_000 + depth);
    }
    const deepest = tree.path(parent) ?? "";
    expect(deepest).toBe(`${`/${"x".repeat(255)}`.repeat(4)}…`);
    expect(tree.add(9_999n, parent, "below")).toBe(deepest);
    const shown: string[] = [];
    files.make(`/cg/unified${`/${"x".repeat(255)}`.repeat(6)}`);
    tree.scan("/", (_key, path) => shown.push(path) > 0);
    expect(Math.max(...shown.map(({ length }) => length))).toBe(1_024);
  });

  it.each([
    ["/workspaces/jessie", "/workspaces/jessie"],
    ["workspaces/jessie/", "/workspaces/jessie"],
    ["/", "/"],
    ["", "/"],
    ["//a/./b/../c//", "/a/c"],
    ["/../../etc", "/etc"],
    ["/cg/unified/workspaces/jessie", "/workspaces/jessie"],
    ["/cg/pids/workspaces", "/workspaces"],
    ["/cg/unified", "/"],
    ["/cg/unifiedx/a", "/cg/unifiedx/a"],
  ])("finds the path within its hierarchy of %j", (given, path) => {
    expect(tree.pathWithin(given)).toBe(path);
  });

  it("finds a path in each hierarchy that has it", () => {
    files.make("/cg/unified/both");
    files.make("/cg/pids/both");
    files.make("/cg/pids/one");
    expect(tree.keysOf("/both")).toEqual([keyOf("/cg/unified/both", 0), keyOf("/cg/pids/both", 8)]);
    expect(tree.keysOf("/one")).toEqual([keyOf("/cg/pids/one", 8)]);
    expect(tree.keysOf("/none")).toEqual([]);
    expect(tree.keysOf("/")).toEqual([keyOf("/cg/unified", 0), keyOf("/cg/pids", 8)]);
  });

  it("reads what exists, parents before their children", () => {
    for (const path of ["w/a/x", "w/b", "other"]) files.make(`/cg/unified/${path}`);
    files.make("/cg/pids/w/c");
    const seen: string[] = [];
    tree.scan("/w", (key, path) => {
      expect(tree.path(key)).toBe(path);
      return seen.push(path) > 0;
    });
    expect(new Set(seen)).toEqual(new Set(["/w", "/w/a", "/w/a/x", "/w/b", "/w/c"]));
    expect(seen).toHaveLength(6);
    for (const path of seen) {
      const parent = path.slice(0, path.lastIndexOf("/"));
      if (parent !== "") expect(seen.indexOf(parent)).toBeLessThan(seen.indexOf(path));
    }
  });

  it("looks below those only that it is told to", () => {
    for (const path of ["w/a/x/y", "w/b/x"]) files.make(`/cg/unified/${path}`);
    const seen: string[] = [];
    tree.scan("/w", (_key, path) => {
      seen.push(path);
      return path !== "/w/a";
    });
    expect(seen.sort()).toEqual(["/w", "/w/a", "/w/b", "/w/b/x"]);
  });

  it("reads all from the root on", () => {
    files.make("/cg/unified/a/b");
    const seen: string[] = [];
    tree.scan("/", (_key, path) => seen.push(path) > 0);
    expect(seen).toEqual(["/", "/a", "/a/b", "/"]);
  });

  it("tells which cgroups are gone, also when there is another one at the path", () => {
    for (const path of ["stays", "goes", "again"]) files.make(`/cg/unified/${path}`);
    tree.scan("/", () => true);
    const [goes, again] = [keyOf("/cg/unified/goes", 0), keyOf("/cg/unified/again", 0)];
    for (const path of ["goes", "again"]) files.remove(`/cg/unified/${path}`);
    files.make("/cg/unified/again");
    expect(new Map(tree.gone())).toEqual(
      new Map([
        [goes, "/goes"],
        [again, "/again"],
      ]),
    );
  });

  it("takes a cgroup whose path was cut for one that exists as long as what is whole of it does", () => {
    const whole = Array.from({ length: 4 }, (_, i) => `/${String(i).repeat(250)}`).join("");
    files.make(`/cg/unified${whole}`);
    tree.scan("/", () => true);
    const above = keyOf(`/cg/unified${whole}`, 0);
    expect(tree.add(9_000n, above, "x".repeat(100))).toMatch(/x…$/);
    tree.add(9_001n, 9_000n, "below");
    expect(tree.gone()).toEqual([]);
    files.remove(`/cg/unified${whole}`);
    expect(tree.gone().map(([key]) => key)).toEqual([above, 9_000n, 9_001n]);
  });

  it("finds what is named by bytes that are not UTF-8", () => {
    const directory = mkdtempSync(join(tmpdir(), "wpl-tree-"));
    try {
      mkdirSync(Buffer.concat([Buffer.from(`${directory}/a`), Buffer.from([0xff])]));
      mkdirSync(Buffer.concat([Buffer.from(`${directory}/a`), Buffer.from([0xff]), Buffer.from("/below")]));
      const real = new CgroupTree([{ number: 0, mountPoint: directory }]);
      const seen: string[] = [];
      real.scan("/", (_key, path) => seen.push(path) > 0);
      expect(seen).toEqual(["/", "/a\udcff", "/a\udcff/below"]);
      expect(real.gone()).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("reads the real file system", () => {
    const real = new CgroupTree([{ number: 0, mountPoint: "/proc/self" }]);
    expect(real.keysOf("/fd")).toHaveLength(1);
    expect(real.keysOf("/nothing")).toEqual([]);
    expect(real.keysOf(`/${"x".repeat(5000)}`)).toEqual([]);
    const seen: string[] = [];
    real.scan("/nothing", (_key, path) => seen.push(path) > 0);
    expect(seen).toEqual([]);
  });
});
