import { expect, it } from "vitest";

import { StaticProvider } from "../../tracer-service/identity/staticProvider.ts";
import { Workspace } from "../../tracer-service/identity/workspace.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded } from "./support/testCgroup.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

describeKernel("a session", () => {
  const programs = useTestPrograms();
  const trace = useTracedNode();

  function seqs({ events }: TracedNode): number[] {
    return events.map(({ seq }) => seq);
  }

  function upTo(count: number): number[] {
    return Array.from({ length: count }, (_, i) => i + 1);
  }

  it("delivers everything that happened before its stop, and nothing after", async () => {
    const traced = trace({ restMs: 1000 });
    const workspace = traced.workspace("jessie", "main");
    const argv = [programs.path("exec_list"), programs.path("nothing"), "spawner"];
    const input = encodeArgumentLists(Array.from({ length: 300 }, (_, i) => ["x", `n${String(i)}`]));
    succeeded(await workspace.run(argv, { input }));
    await traced.stopTracing();
    await workspace.run(["/bin/true", "after-the-stop"]);

    const seen = traced.execs.map((exec) => exec.argv.at(-1));
    expect(seen).toEqual(["spawner", ...Array.from({ length: 300 }, (_, i) => `n${String(i)}`)]);
    expect(traced.exits).toHaveLength(301);
    expect(traced.kernel.ring.pendingBytes).toBe(0);
  });

  it("delivers what a slow output kept waiting", async () => {
    const traced = trace();
    const workspace = traced.workspace("jessie", "main");
    traced.hold();
    for (const name of ["one", "two", "three"]) await workspace.run(["/bin/true", name]);
    expect(traced.execs).toEqual([]);
    await traced.stopTracing();
    expect(traced.execs.map(({ argv }) => argv[1])).toEqual(["one", "two", "three"]);
  });

  it("numbers all events without a hole, losses too", async () => {
    const traced = trace({ kernel: { ringBytes: 64 * 1024 } });
    const workspace = traced.workspace("jessie", "main");
    const argv = [programs.path("exec_list"), programs.path("nothing")];
    const input = encodeArgumentLists(Array.from({ length: 500 }, () => ["x"]));
    traced.hold();
    succeeded(await workspace.run(argv, { input }));
    traced.release();
    await traced.until("the loss was told", () => traced.losses.length > 0);
    await traced.settle();
    await traced.stopTracing();
    expect(new Set(traced.events.map(({ type }) => type))).toEqual(new Set(["exec", "exit", "lost"]));
    expect(seqs(traced)).toEqual(upTo(traced.events.length));
    expect(traced.session.statistics.events).toBe(traced.events.length);
  });

  it("keeps the order of time within a process", async () => {
    const traced = trace();
    await traced.workspace("jessie", "main").sh("for i in 1 2 3 4 5 6 7 8; do /bin/true $i; done");
    await traced.settle();
    for (const exit of traced.exits) {
      const exec = traced.execs.find(({ id }) => id === exit.id);
      expect(exec?.seq).toBeLessThan(exit.seq);
      expect(exec?.timeNs).toBeLessThan(exit.timeNs);
    }
    expect(traced.exits.length).toBeGreaterThanOrEqual(9);
  });

  it("gives the time of an exec as the wall clock has it", async () => {
    const traced = trace();
    const before = BigInt(Date.now()) * 1_000_000n;
    await traced.workspace("jessie", "main").run(["/bin/true", "timed"]);
    const after = BigInt(Date.now() + 1) * 1_000_000n;
    const { timeNs } = await traced.exec("timed");
    expect(timeNs).toBeGreaterThanOrEqual(before);
    expect(timeNs).toBeLessThanOrEqual(after);
  });

  it("counts a record that it can't decode as lost, and reads the next", async () => {
    const traced = trace({ startLater: true });
    const { ring } = traced.kernel;
    const drain = ring.drain.bind(ring);
    let spoil = false;
    ring.drain = (take, mayContinue) =>
      drain((memory, offset, length) => {
        take(memory, offset, spoil ? length - 8 : length);
        spoil = false;
      }, mayContinue);
    traced.startTracing();

    const workspace = traced.workspace("jessie", "main");
    await workspace.run(["/bin/true", "before"]);
    await traced.exit(await traced.exec("before"));
    spoil = true;
    await workspace.run(["/bin/true", "spoilt"]);
    await workspace.run(["/bin/true", "next"]);
    await traced.exec("next");
    await traced.stopTracing();

    expect(traced.execs.map(({ argv }) => argv[1])).toEqual(["before", "next"]);
    expect(traced.losses).toMatchObject([
      { reason: "undecodable", count: 1, labels: {}, attribution: "none" },
    ]);
    expect(traced.session.statistics.undecodable).toBe(1);
    expect(traced.diagnostics.map(({ level }) => level)).toEqual(["error"]);
    expect(seqs(traced)).toEqual(upTo(traced.events.length));
  });

  it("leaves nothing attached when it can't start", async () => {
    const traced = trace({
      startLater: true,
      provider: (kernel, tree, root) =>
        new StaticProvider(new Workspace({}, "static"), tree, kernel, (scope, owner) => {
          for (const key of tree.keysOf(root)) scope.setCgroupVerdict(key, owner);
          throw new Error("there is no such cgroup");
        }),
    });
    expect(() => {
      traced.startTracing();
    }).toThrow("there is no such cgroup");
    await traced.workspace("jessie", "main").run(["/bin/true", "untraced"]);
    expect(traced.kernel.ring.pendingBytes).toBe(0);
  });

  it("touches nothing of what was mapped once it is closed", async () => {
    const traced = trace();
    await traced.workspace("jessie", "main").run(["/bin/true", "before-the-end"]);
    await traced.exec("before-the-end");
    const { kernel } = traced;
    const { ring, shared } = kernel;
    await traced.close();
    // A look at memory that is no longer mapped would end this process.
    expect(ring.drain(() => undefined)).toBe(0);
    expect(ring.pendingBytes).toBe(0);
    ring.release(ring.position + 1n);
    shared.readerWaiting = true;
    shared.leaseUntilNs = 1n;
    shared.beginSnapshot();
    shared.endSnapshot();
    shared.resume();
    shared.lookAtV1();
    shared.forgetVerdicts();
    shared.beginLossPeriod();
    expect([shared.losses, shared.processes, shared.stoppedNs, shared.leaseUntilNs]).toEqual([
      0n,
      0n,
      0n,
      0n,
    ]);
    kernel.close();
  });

  it("traces again after another session has ended", async () => {
    for (const marker of ["first-session", "second-session"]) {
      const traced = trace();
      await traced.workspace("jessie", "main").run(["/bin/true", marker]);
      expect(await traced.exec(marker)).toMatchObject({ seq: 1, execNumber: 1 });
      await traced.close();
    }
  });

  it("does not disturb another session on the same node", async () => {
    const [one, other] = [trace(), new TracedNode()];
    try {
      await one.workspace("jessie", "main").run(["/bin/true", "for-one"]);
      await other.workspace("bob", "main").run(["/bin/true", "for-other"]);
      await one.settle();
      await other.settle();
      const settled = expect.stringMatching(/^settle-/) as string;
      expect(one.execs.map(({ argv }) => argv[1])).toEqual(["for-one", settled]);
      expect(other.execs.map(({ argv }) => argv[1])).toEqual(["for-other", settled]);
    } finally {
      await other.close();
    }
  });
});
