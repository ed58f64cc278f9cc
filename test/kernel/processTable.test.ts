import { afterAll, beforeAll, expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { finished } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";

const PROCESS_LIMIT = 1024;
/** More than the table holds. */
const BOMB = 2000;

describeKernel("a full process table", () => {
  let node: TracedNode;
  let programs: TestPrograms;

  beforeAll(() => {
    programs = new TestPrograms();
    node = new TracedNode({ kernel: { processLimit: PROCESS_LIMIT } });
  });
  afterAll(async () => {
    await node.close();
    programs.remove();
  });

  it("costs the one who filled it their lineage, and nobody else", async () => {
    const bomber = node.workspace("mallory", "main");
    const other = node.workspace("jessie", "main");
    const otherBefore = other.start([
      "/bin/sh",
      "-c",
      "echo ready; read go; /bin/true other-child; :",
      "other",
    ]);
    await new Promise((resolve) => otherBefore.stdout?.once("data", resolve));

    const bomb = bomber.start([programs.path("fork_many"), String(BOMB)]);
    await new Promise((resolve) => bomb.stdout?.once("data", resolve));
    const held = Number(node.kernel.shared.processes);
    expect(held).toBeLessThan(PROCESS_LIMIT * 0.75);

    await bomber.run(["/bin/sh", "-c", "/bin/true bomber-child; exec /bin/true bomber-second", "bomber"]);
    otherBefore.stdin?.end("go\n");
    await finished(otherBefore);
    await other.run(["/bin/sh", "-c", "/bin/true new-child; :", "new"]);
    await node.settle();

    const bomberExecs = await Promise.all(
      ["bomber", "bomber-child", "bomber-second"].map((name) => node.exec(name)),
    );
    expect(bomberExecs.map(({ lineage, parentId }) => ({ lineage, parentId }))).toEqual(
      Array.from({ length: 3 }, () => ({ lineage: "unknown", parentId: undefined })),
    );
    expect(new Set(bomberExecs.map(({ id }) => id)).size).toBe(3);
    expect(bomberExecs.map(({ comm }) => comm)).toEqual(["sh", "sh", "sh"]);

    for (const [child, parent] of [
      ["other-child", "other"],
      ["new-child", "new"],
    ] as const) {
      expect(await node.exec(child)).toMatchObject({
        lineage: "known",
        parentId: (await node.exec(parent)).id,
      });
    }

    bomb.stdin?.end();
    await finished(bomb);
    await node.until("the loss was told", () => node.losses.length > 0);
    await node.until("the table is empty again", () => node.kernel.shared.processes === 0n);
    expect(
      node.losses.map(({ kind, reason, labels, cgroup }) => ({
        ...{ kind, reason, cgroup },
        username: labels["username"],
      })),
    ).toEqual(
      node.losses.map(() => ({
        ...{ kind: "lineage", reason: "process_table_full", cgroup: bomber.path },
        username: "mallory",
      })),
    );
    // Each that was refused is counted: the bomb's, and those whose execs are of unknown lineage.
    expect(node.losses.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(BOMB - held);

    await bomber.run(["/bin/sh", "-c", "/bin/true child-after; :", "after"]);
    expect(await node.exec("child-after")).toMatchObject({
      lineage: "known",
      parentId: (await node.exec("after")).id,
    });
  });

  it("knows processes apart that are after the same slot", async () => {
    const workspace = node.workspace("jessie", "main");
    const shells = workspace.start([programs.path("share_slot"), String(PROCESS_LIMIT), "4"]);
    await new Promise((resolve) => shells.stdout?.once("data", resolve));
    for (const number of [0, 1, 2, 3]) await node.exec(`shell-${String(number)}`);
    expect(Number(node.kernel.shared.displacedProcesses)).toBeGreaterThanOrEqual(3);

    shells.stdin?.end();
    await finished(shells);
    await node.settle();

    const found = await Promise.all(
      [0, 1, 2, 3].map(async (number) => ({
        shell: await node.exec(`shell-${String(number)}`),
        child: await node.exec(`child-${String(number)}`),
      })),
    );
    expect(new Set(found.map(({ shell }) => shell.pid % PROCESS_LIMIT)).size).toBe(1);
    for (const { shell, child } of found) {
      expect(child).toMatchObject({ lineage: "known", parentId: shell.id, comm: "sh" });
      expect(node.exits.filter(({ id }) => id === shell.id)).toHaveLength(1);
    }
    await node.until("the table is empty again", () => node.kernel.shared.processes === 0n);
    expect(node.kernel.shared.displacedProcesses).toBe(0n);
  });
});
