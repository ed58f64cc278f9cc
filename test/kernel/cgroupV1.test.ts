import { afterAll, beforeAll, expect, it } from "vitest";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { describeWhere, v1Obstacle } from "./support/describeKernel.ts";
import { runOutside, succeeded, TestCgroup } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";

describeWhere(v1Obstacle, "cgroup v1", () => {
  let node: TracedNode;
  let programs: TestPrograms;

  beforeAll(() => {
    programs = new TestPrograms();
    node = new TracedNode({ hierarchy: 1 });
  });
  afterAll(async () => {
    await node.close();
    programs.remove();
  });

  it("is traced by the hierarchy of its controller", async () => {
    const workspace = node.workspace("jessie", "main");
    await workspace.run(["/bin/sh", "-c", "/bin/true in-v1; :", "shell-in-v1"]);
    const [parent, child] = [await node.exec("shell-in-v1"), await node.exec("in-v1")];
    expect(child).toMatchObject({
      labels: { username: "jessie", workspace_name: "main" },
      attribution: "cgroup",
      cgroup: workspace.path,
      parentId: parent.id,
    });
    expect(await node.exit(child)).toMatchObject({ exitCode: 0, labels: child.labels });
  });

  it("misses no first exec of a new workspace", async () => {
    const user = node.cgroup("new");
    const argv = [
      programs.path("make_cgroups"),
      "remove",
      `${user.directory}/w`,
      "100",
      programs.path("nothing"),
    ];
    succeeded(await runOutside(argv));
    await node.settle();
    const seen = node.execs.filter(({ labels }) => labels["username"] === "new");
    expect(seen.map(({ argv: [, name], cgroup }) => [name, cgroup])).toEqual(
      Array.from({ length: 100 }, (_, i) => [`w${String(i)}`, `${user.path}/w${String(i)}`]),
    );
  });

  it("does not log what runs beside the workspaces", async () => {
    await node.cgroup("no-workspace").run(["/bin/true", "beside"]);
    await runOutside(["/bin/true", "outside"]);
    await node.settle();
    expect(node.execs.filter(({ argv }) => ["beside", "outside"].includes(argv[1] ?? ""))).toEqual([]);
  });

  it("lets no user escape into deep cgroups", async () => {
    const below = Array.from({ length: 24 }, (_, i) => `l${String(i)}`);
    await node.workspace("jessie", "main", ...below).run(["/bin/true", "deep-in-v1"]);
    expect((await node.exec("deep-in-v1")).labels).toEqual({ username: "jessie", workspace_name: "main" });
  });
});

describeWhere(v1Obstacle, "a process in workspaces of both hierarchies", () => {
  let node: TracedNode;

  beforeAll(() => {
    node = new TracedNode();
  });
  afterAll(async () => {
    await node.close();
  });

  it("belongs to that of the unified one", async () => {
    const jessie = node.workspace("jessie", "main");
    const v1 = findHierarchies().visible[1]?.mountPoint ?? "";
    const v1Root = new TestCgroup(v1, node.root);
    try {
      const bob = new TestCgroup(v1, `${node.root}/bob/main`);
      const finished = await jessie.sh(
        'echo $$ > "$1/cgroup.procs" && exec /bin/true in-both',
        bob.directory,
      );
      succeeded(finished);
      expect(await node.exec("in-both")).toMatchObject({
        cgroup: jessie.path,
        labels: { username: "jessie", workspace_name: "main" },
      });
    } finally {
      await v1Root.remove();
    }
  });
});
