import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { runOutside, succeeded, TestCgroup } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";

/** Entries that the kernel's scope map holds. */
const SCOPE_ENTRIES = 16_384;

describeKernel("scope by cgroup", () => {
  const laterRoot = `/wpl-test-later-${randomBytes(4).toString("hex")}`;
  let node: TracedNode;
  let programs: TestPrograms;

  beforeAll(() => {
    programs = new TestPrograms();
    node = new TracedNode({ moreRules: `  - cgroup: ${laterRoot}/{username}/{workspace_name}\n` });
  });
  afterAll(async () => {
    await node.close();
    programs.remove();
  });

  function makeCgroups(how: "keep" | "remove" | "empty", directory: string, count: number): Promise<unknown> {
    const program = how === "empty" ? [] : [programs.path("nothing")];
    const argv = [programs.path("make_cgroups"), how, directory, String(count), ...program];
    return runOutside(argv).then(succeeded);
  }

  it("does not log what runs outside of every workspace", async () => {
    await runOutside(["/bin/true", "outside-of-all"]);
    await node.cgroup("no-workspace").run(["/bin/true", "beside-workspaces"]);
    await node.workspace("jessie", "main").run(["/bin/true", "inside"]);
    await node.settle();
    const seen = node.execs.map(({ argv }) => argv.at(-1));
    expect(seen).toContain("inside");
    expect(seen).not.toContain("outside-of-all");
    expect(seen).not.toContain("beside-workspaces");
  });

  it("tells workspaces of one user, and users, apart", async () => {
    const names = [
      ["jessie", "one"],
      ["jessie", "two"],
      ["bob", "one"],
    ] as const;
    await Promise.all(
      names.map(([user, name]) => node.workspace(user, name).run(["/bin/true", `of-${user}-${name}`])),
    );
    for (const [username, workspaceName] of names) {
      expect((await node.exec(`of-${username}-${workspaceName}`)).labels).toEqual({
        username,
        workspace_name: workspaceName,
      });
    }
  });

  it("attributes every exec of cgroups that live for milliseconds", async () => {
    const user = node.cgroup("brief");
    await makeCgroups("remove", `${user.directory}/b`, 100);
    await node.settle();
    const seen = node.execs.filter(({ labels }) => labels["username"] === "brief");
    expect(seen.map(({ argv, cgroup, labels }) => [argv[1], cgroup, labels["workspace_name"]])).toEqual(
      Array.from({ length: 100 }, (_, i) => [`b${String(i)}`, `${user.path}/b${String(i)}`, `b${String(i)}`]),
    );
  });

  it("attributes them below a workspace too", async () => {
    const workspace = node.workspace("jessie", "with-brief-ones");
    await makeCgroups("remove", `${workspace.directory}/b`, 100);
    await node.settle();
    expect(node.execsIn(workspace).map(({ cgroup, labels }) => [cgroup, labels["workspace_name"]])).toEqual(
      Array.from({ length: 100 }, (_, i) => [`${workspace.path}/b${String(i)}`, "with-brief-ones"]),
    );
  });

  it("misses no first exec of a new workspace", async () => {
    const user = node.cgroup("new");
    await makeCgroups("keep", `${user.directory}/w`, 100);
    await node.settle();
    const seen = node.execs.filter(({ labels }) => labels["username"] === "new");
    expect(seen.map(({ argv, labels }) => [argv[1], labels["workspace_name"]])).toEqual(
      Array.from({ length: 100 }, (_, i) => [`w${String(i)}`, `w${String(i)}`]),
    );
    expect(seen.every(({ execNumber, lineage }) => execNumber === 1 && lineage === "root")).toBe(true);
  });

  it("captures below a path that did not exist when tracing began", async () => {
    const root = new TestCgroup(node.mountPoint, laterRoot);
    try {
      const workspace = new TestCgroup(node.mountPoint, `${laterRoot}/jessie/main`);
      await workspace.run(["/bin/true", "made-later"]);
      expect(await node.exec("made-later")).toMatchObject({
        labels: { username: "jessie", workspace_name: "main" },
        cgroup: `${laterRoot}/jessie/main`,
      });
    } finally {
      await root.remove();
    }
  });

  it("captures below such a path again after it was removed", async () => {
    const root = new TestCgroup(node.mountPoint, laterRoot);
    try {
      await new TestCgroup(node.mountPoint, `${laterRoot}/bob/again`).run(["/bin/true", "made-again"]);
      expect((await node.exec("made-again")).labels).toEqual({ username: "bob", workspace_name: "again" });
    } finally {
      await root.remove();
    }
  });

  it.each([8, 14, 15, 20, 60])(
    "lets no user escape into a cgroup %i levels below the workspace",
    async (levels) => {
      const below = Array.from({ length: levels }, (_, i) => `l${String(i)}`);
      const workspace = node.workspace("jessie", `deep-${String(levels)}`);
      const deep = node.workspace("jessie", `deep-${String(levels)}`, ...below);
      await deep.run(["/bin/true", `depth-${String(levels)}`]);
      expect(await node.exec(`depth-${String(levels)}`)).toMatchObject({
        labels: { username: "jessie", workspace_name: `deep-${String(levels)}` },
        cgroup: `${workspace.path}/${below.join("/")}`,
      });
    },
  );

  it("takes no name below a workspace for another workspace", async () => {
    const root = node.root.slice(1);
    const spoofed = node.workspace("jessie", "main", root, "bob", "main");
    await spoofed.run(["/bin/true", "spoofed"]);
    expect(await node.exec("spoofed")).toMatchObject({
      labels: { username: "jessie", workspace_name: "main" },
      attribution: "cgroup",
      cgroup: spoofed.path,
    });
  });

  it("keeps a workspace apart from an earlier one at the same path", async () => {
    const path = ["jessie", "reborn"] as const;
    const first = node.workspace(...path);
    await first.run(["/bin/true", "first-life"]);
    await first.remove();
    await node.workspace(...path).run(["/bin/true", "second-life"]);
    const [one, two] = [await node.exec("first-life"), await node.exec("second-life")];
    expect(two).toMatchObject({ labels: one.labels, cgroup: one.cgroup });
    expect(two.cgroupId).not.toBe(one.cgroupId);
  });

  it("has room for new workspaces after more have come and gone than it holds", async () => {
    const user = node.cgroup("many");
    await makeCgroups("empty", `${user.directory}/m`, SCOPE_ENTRIES + 500);
    const last = node.workspace("many", "last");
    await last.run(["/bin/true", "after-many"]);
    expect((await node.exec("after-many")).labels).toEqual({ username: "many", workspace_name: "last" });
    expect(node.diagnostics).toEqual([]);
  });
});
