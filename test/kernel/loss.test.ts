import { expect, it } from "vitest";

import type { LostEvent, LostKind } from "../../protocol/events.ts";
import { programsAnEvent } from "../../tracer-service/kernel/hooks.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

const KIB = 1024;

describeKernel("a reader that is too slow", () => {
  const programs = useTestPrograms();
  const startNode = useTracedNode();
  const trace = (ringBytes: number): TracedNode => startNode({ kernel: { ringBytes } });

  /** Executes a program `count` times in a workspace, by one that is executed once itself. */
  async function execute(workspace: TestCgroup, count: number, argumentBytes = 1): Promise<void> {
    const lists = Array.from({ length: count }, (_, i) => ["x", String(i).padStart(argumentBytes, "0")]);
    const argv = [programs.path("exec_list"), programs.path("nothing"), "spawner"];
    succeeded(await workspace.run(argv, { input: encodeArgumentLists(lists) }));
  }

  function lossesOf(traced: TracedNode, username: string, kind: LostKind): LostEvent[] {
    return traced.losses.filter((event) => event.kind === kind && event.labels["username"] === username);
  }

  function lost(traced: TracedNode, username: string, kind: LostKind): number {
    return lossesOf(traced, username, kind).reduce((sum, { count }) => sum + count, 0);
  }

  function logged(traced: TracedNode, username: string, type: "exec" | "exit"): number {
    return traced.events.filter((event) => event.type === type && event.labels["username"] === username)
      .length;
  }

  /** What the kernel refused to run the programs for, whosever it was: nothing where it does not preempt them. */
  function refused(traced: TracedNode): number {
    const losses = traced.losses.filter(({ reason }) => reason === "recursion");
    return losses.reduce((sum, { count }) => sum + count, 0);
  }

  it.each([
    { ring: "64 KiB", ringBytes: 64 * KIB, execs: 500, argumentBytes: 1 },
    { ring: "256 KiB", ringBytes: 256 * KIB, execs: 1500, argumentBytes: 1 },
    { ring: "256 KiB, large records", ringBytes: 256 * KIB, execs: 100, argumentBytes: 20_000 },
    { ring: "1 MiB", ringBytes: 1024 * KIB, execs: 3000, argumentBytes: 100 },
  ])(
    "logged + lost = executed, for each workspace (ring of $ring)",
    async ({ ringBytes, execs, argumentBytes }) => {
      const traced = trace(ringBytes);
      const [jessie, bob] = [traced.workspace("jessie", "main"), traced.workspace("bob", "main")];
      await jessie.run(["/bin/true", "before"]);
      await traced.exec("before");
      await traced.until("its exit", () => logged(traced, "jessie", "exit") === 1);

      traced.hold();
      await Promise.all([execute(jessie, execs, argumentBytes), execute(bob, execs / 2, argumentBytes)]);
      traced.release();
      await traced.until("the losses were told", () => lost(traced, "jessie", "exec") > 0);
      await traced.settle();
      await traced.stopTracing();

      if (programsAnEvent({}) === 1) expect(refused(traced)).toBe(0);
      const executed = { jessie: 1 + execs + 1, bob: execs / 2 + 1 };
      for (const username of ["jessie", "bob"] as const) {
        for (const type of ["exec", "exit"] as const) {
          const known = logged(traced, username, type) + lost(traced, username, type);
          expect(known).toBeLessThanOrEqual(executed[username]);
          expect(known).toBeGreaterThanOrEqual(executed[username] - refused(traced));
        }
      }
      expect(lost(traced, "bob", "exec")).toBeGreaterThan(0);
      const exits = lossesOf(traced, "jessie", "exit");
      expect(exits.filter(({ cgroup }) => cgroup !== jessie.path)).toEqual([]);
    },
  );

  it("is told of each loss once, with the time of the first and the last", async () => {
    const traced = trace(64 * KIB);
    const workspace = traced.workspace("jessie", "main");
    let told = 0;
    for (let round = 0; round < 3; round++) {
      await workspace.run(["/bin/true", `before-${String(round)}`]);
      const before = await traced.exec(`before-${String(round)}`);
      traced.hold();
      await execute(workspace, 500);
      traced.release();
      await traced.until("the loss was told", () => lost(traced, "jessie", "exec") > told);
      await workspace.run(["/bin/true", `after-${String(round)}`]);
      const after = await traced.exec(`after-${String(round)}`);
      const [loss, ...more] = lossesOf(traced, "jessie", "exec").slice(round);
      if (loss === undefined) throw new Error("no loss");
      expect(more).toEqual([]);
      expect(loss).toMatchObject({ reason: "ring_full", cgroup: workspace.path, attribution: "cgroup" });
      expect([before.timeNs, loss.firstNs, loss.lastNs, after.timeNs]).toEqual(
        [before.timeNs, loss.firstNs, loss.lastNs, after.timeNs].sort((a, b) => Number(a - b)),
      );
      expect(loss.firstNs).toBeLessThan(loss.lastNs);
      told += loss.count;
    }
    expect(lost(traced, "jessie", "exec")).toBe(told);
  });

  it("can tell the holes by the records' numbers", async () => {
    const traced = trace(64 * KIB);
    const workspace = traced.workspace("jessie", "main");
    traced.hold();
    await execute(workspace, 500);
    traced.release();
    await traced.until("the loss was told", () => lost(traced, "jessie", "exec") > 0);
    // A hole shows when a later record of its kind comes from the same CPU.
    await workspace.sh(
      'for cpu in $(seq 0 "$1"); do taskset -c "$cpu" /bin/true; done',
      String(possibleCpus() - 1),
    );
    await traced.settle();
    await traced.stopTracing();
    const { missing } = traced.session.statistics;
    expect(missing).toBe(traced.losses.reduce((sum, { count }) => sum + count, 0));
    expect(missing).toBeGreaterThan(0);
    expect(traced.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("the ring buffer was nearly full: start the service with --ring-size 0.125"),
    ]);
  });

  it("counts the losses of cgroups that are gone for their workspace", async () => {
    const traced = trace(64 * KIB);
    const workspace = traced.workspace("jessie", "main");
    traced.hold();
    const below = traced.workspace("jessie", "main", "below");
    await execute(below, 500);
    await below.remove();
    traced.release();
    await traced.until("the loss was told", () => lost(traced, "jessie", "exec") > 0);
    await workspace.run(["/bin/true", "after"]);
    await traced.exec("after");
    await traced.stopTracing();
    expect(logged(traced, "jessie", "exec") + lost(traced, "jessie", "exec")).toBe(500 + 1 + 1);
  });

  it("goes on, with new cgroups too, when notices of cgroups were among the losses", async () => {
    const traced = trace(64 * KIB);
    const workspace = traced.workspace("jessie", "main");
    traced.hold();
    await execute(workspace, 500);
    const unannounced = traced.workspace("bob", "unannounced");
    traced.release();
    await traced.until("the loss was told", () => lost(traced, "jessie", "exec") > 0);
    await unannounced.run(["/bin/true", "in-unannounced"]);
    expect(await traced.exec("in-unannounced")).toMatchObject({
      labels: { username: "bob", workspace_name: "unannounced" },
      cgroup: unannounced.path,
    });
    expect(traced.losses.map(({ kind }) => kind)).toContain("cgroup");
  });

  it("loses nothing in a ring that is large enough", async () => {
    const traced = trace(4 * KIB * KIB);
    const workspace = traced.workspace("jessie", "main");
    traced.hold();
    await execute(workspace, 5000);
    traced.release();
    await traced.settle();
    await traced.stopTracing();
    expect(logged(traced, "jessie", "exec")).toBe(5001);
    expect(traced.losses).toEqual([]);
  });
});

/** Numbers of CPUs begin with 0; some may be offline. */
function possibleCpus(): number {
  return navigator.hardwareConcurrency;
}
