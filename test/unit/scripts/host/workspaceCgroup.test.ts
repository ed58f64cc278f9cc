import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WorkspaceCgroup } from "../../../../scripts/host/workspaceCgroup.ts";

/** Folders stand for cgroups: what the kernel adds to them is written by the tests. */
describe("WorkspaceCgroup", () => {
  let mountPoint = "";

  beforeEach(() => {
    mountPoint = mkdtempSync(join(tmpdir(), "cgroups-"));
  });

  afterEach(() => {
    rmSync(mountPoint, { recursive: true });
  });

  const occupy = (path: string, pids: string): void => {
    mkdirSync(join(mountPoint, path), { recursive: true });
    writeFileSync(join(mountPoint, path, "cgroup.procs"), pids);
  };

  it("is named after the user", async () => {
    const cgroup = await WorkspaceCgroup.make(mountPoint, "jessie");
    expect(cgroup.path).toBe("/workspaces/jessie/main");
    expect(existsSync(cgroup.directory)).toBe(true);
  });

  it.each([
    ["dom/../ain", "/workspaces/dom_.._ain/main"],
    ["..", "/workspaces/_/main"],
    [".", "/workspaces/_/main"],
    ["", "/workspaces/_/main"],
  ])("lets the user's name %j lead nowhere else", async (username, path) => {
    expect((await WorkspaceCgroup.make(mountPoint, username)).path).toBe(path);
  });

  it("leaves a workspace alone in which something runs, also further down", async () => {
    occupy("workspaces/jessie/main", "");
    occupy("workspaces/jessie/main/nested", "4194304\n");
    occupy("workspaces/jessie/main-2", "4194304\n");
    expect((await WorkspaceCgroup.make(mountPoint, "jessie")).path).toBe("/workspaces/jessie/main-3");
  });

  it("takes over what a run left that was killed", async () => {
    occupy("workspaces/jessie/main", "");
    expect((await WorkspaceCgroup.make(mountPoint, "jessie")).path).toBe("/workspaces/jessie/main");
  });

  it("leaves one alone whose owner has nothing running in it yet, until that owner removes it", async () => {
    const first = await WorkspaceCgroup.make(mountPoint, "jessie");
    const second = await WorkspaceCgroup.make(mountPoint, "jessie");
    expect(second.path).toBe("/workspaces/jessie/main-2");
    await first.remove();
    expect((await WorkspaceCgroup.make(mountPoint, "jessie")).path).toBe("/workspaces/jessie/main");
  });

  it("sees the processes of all that is below it", async () => {
    const cgroup = await WorkspaceCgroup.make(mountPoint, "jessie");
    occupy("workspaces/jessie/main", "12\n13\n0\n");
    occupy("workspaces/jessie/main/nested/more", "14\n");
    expect(cgroup.pids).toEqual([12, 13, 14]);
  });

  it("removes what was made for it and what was made in it", async () => {
    const cgroup = await WorkspaceCgroup.make(mountPoint, "jessie");
    mkdirSync(join(cgroup.directory, "nested/more"), { recursive: true });
    await cgroup.remove();
    expect(existsSync(join(mountPoint, "workspaces"))).toBe(false);
  });

  it("keeps folders that were there before, or that others use by now", async () => {
    mkdirSync(join(mountPoint, "workspaces"));
    const cgroup = await WorkspaceCgroup.make(mountPoint, "jessie");
    mkdirSync(join(mountPoint, "workspaces/jessie/other"));
    await cgroup.remove();
    expect(existsSync(cgroup.directory)).toBe(false);
    expect(existsSync(join(mountPoint, "workspaces/jessie/other"))).toBe(true);
  });

  it("lets what follows its words run in it", async () => {
    const cgroup = await WorkspaceCgroup.make(mountPoint, "jessie");
    expect(cgroup.enter.slice(0, 2)).toEqual(["/bin/sh", "-c"]);
    expect(cgroup.enter.at(-1)).toBe(cgroup.directory);
  });
});
