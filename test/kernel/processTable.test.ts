import { afterAll, beforeAll, expect, it } from "vitest";

import type { ExecEvent } from "../../protocol/events.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { finished } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

const PROCESS_LIMIT = 1024;
/** Slots for what finds no place in the table (bpf/processes.h). */
const UNPLACED = 1024;
/** More than the table holds. */
const BOMB = 2000;

describeKernel("a full process table", () => {
  const startNode = useTracedNode();
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

    // The ends of those that found no place are told, too, by the time that names their exec.
    for (const name of ["bomber-child", "bomber-second"]) {
      const exec = await node.exec(name);
      expect(exec).toMatchObject({ execNumber: 0 });
      expect(await node.exit(exec)).toMatchObject({ pid: exec.pid, exitCode: 0 });
    }
    // As far as there is room for them: this has four pids with the same low bits.
    const shells = bomber.start([programs.path("share_slot"), String(UNPLACED), "4"]);
    await new Promise((resolve) => shells.stdout?.once("data", resolve));
    for (const number of [0, 1, 2, 3]) await node.exec(`shell-${String(number)}`);
    shells.stdin?.end();
    await finished(shells);
    await node.settle();

    bomb.stdin?.end();
    await finished(bomb);
    await node.until("the loss was told", () => node.losses.some(({ kind }) => kind === "exit"));
    await node.until("the table is empty again", () => node.kernel.shared.processes === 0n);
    expect(node.kernel.shared.unplacedExecs).toBe(0n);
    const processOf = (id: string): string => id.slice(0, id.lastIndexOf("."));
    const unplaced = node.execsIn(bomber).filter(({ id }) => id.includes(".t"));
    const told = node.exits.filter(({ id }) => id.includes(".t"));
    const lostEnds = node.losses.filter(({ kind }) => kind === "exit");
    expect(lostEnds).toMatchObject(
      lostEnds.map(() => ({ reason: "process_table_full", cgroup: bomber.path })),
    );
    const lostCount = lostEnds.reduce((sum, { count }) => sum + count, 0);
    expect(lostCount).toBeGreaterThanOrEqual(3);
    const whatRan = unplaced.map(({ id, argv }) => `${processOf(id)} ${argv.join(" ")}`);
    expect(whatRan).toEqual([...new Set(whatRan)]);
    expect(told.length + lostCount).toBe(new Set(unplaced.map(({ id }) => processOf(id))).size);
    expect(new Set(told.map(({ id }) => processOf(id))).size).toBe(told.length);

    const losses = node.losses.filter(({ kind }) => kind !== "exit");
    expect(
      losses.map(({ kind, reason, labels, cgroup }) => ({
        ...{ kind, reason, cgroup },
        username: labels["username"],
      })),
    ).toEqual(
      losses.map(() => ({
        ...{ kind: "lineage", reason: "process_table_full", cgroup: bomber.path },
        username: "mallory",
      })),
    );
    // Each that was refused is counted: the bomb's, and those whose execs are of unknown lineage; again when it is
    // refused behind another with the same low bits.
    expect(losses.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(BOMB - held);

    await bomber.run(["/bin/sh", "-c", "/bin/true child-after; :", "after"]);
    expect(await node.exec("child-after")).toMatchObject({
      lineage: "known",
      parentId: (await node.exec("after")).id,
    });
  });

  it("is told of once for each process without a place, however often that is refused one", async () => {
    const full = startNode({ kernel: { processLimit: 64 } });
    const bomber = full.workspace("mallory", "main");
    const children = 200;
    const bomb = bomber.start([programs.path("fork_many"), String(children)]);
    await new Promise((resolve) => bomb.stdout?.once("data", resolve));
    const held = Number(full.kernel.shared.processes);
    await bomber.run(["/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true thrice'"]);
    bomb.stdin?.end();
    await finished(bomb);
    await full.stopTracing();
    const refused = full.losses.filter(({ kind }) => kind === "lineage");
    expect(refused.reduce((sum, { count }) => sum + count, 0)).toBe(1 + children - held + 1);
  });

  it("knows processes apart that are after the same slot", async () => {
    const workspace = node.workspace("jessie", "main");
    const shells = workspace.start([programs.path("share_slot"), String(PROCESS_LIMIT), "4"]);
    await new Promise((resolve) => shells.stdout?.once("data", resolve));
    const exec = async (argument: string): Promise<ExecEvent> => {
      const find = (): ExecEvent | undefined =>
        node.execsIn(workspace).find(({ argv }) => argv.includes(argument));
      await node.until(argument, () => find() !== undefined);
      return find() as ExecEvent;
    };
    for (const number of [0, 1, 2, 3]) await exec(`shell-${String(number)}`);
    expect(Number(node.kernel.shared.displacedProcesses)).toBeGreaterThanOrEqual(3);

    shells.stdin?.end();
    await finished(shells);
    await node.settle();

    const found = await Promise.all(
      [0, 1, 2, 3].map(async (number) => ({
        shell: await exec(`shell-${String(number)}`),
        child: await exec(`child-${String(number)}`),
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
