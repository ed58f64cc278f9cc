import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import type { ExitEvent } from "../../protocol/events.ts";
import { isAtLeast, parseKernelVersion } from "../../tracer-service/kernelVersion.ts";
import { programsAnEvent } from "../../tracer-service/kernel/hooks.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded } from "./support/testCgroup.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

const LOOPS = 4;
const EXECS = 500;
/** What may be left of refusals where the kernel preempts: programs that could not yet say that they are under way. */
const FEW = 3;
/** Runs so many programs, each from a subshell of its own. */
const LOOP = `i=0; while [ $i -lt ${String(EXECS)} ]; do i=$((i + 1)); ( : ; exec /bin/true "$1-$i" ); done`;

describeKernel("the stand-ins of programs that may be preempted", () => {
  const startNode = useTracedNode();

  // More loops than CPUs: where the kernel preempts the programs, some are, in the middle of each other's work.
  it("do what the kernel refused to have done, and nothing twice", async () => {
    const traced = startNode({ kernel: { preemptible: true } });
    const workspace = traced.workspace("jessie", "main");
    const names = Array.from({ length: LOOPS }, (_, i) => `loop${String(i)}`);
    const loops = names.map((name) => workspace.run(["/bin/sh", "-c", LOOP, "sh", name]));
    for (const finished of await Promise.all(loops)) succeeded(finished);
    await traced.settle();
    await traced.stopTracing();

    // The kernel may preempt a program before it could say that it is under way: told, and of nobody.
    const refused = traced.losses.reduce((sum, { count }) => sum + count, 0);
    expect(new Set(traced.losses.map(({ reason }) => reason))).toEqual(
      new Set(refused > 0 ? ["recursion"] : []),
    );
    expect(refused).toBeLessThanOrEqual(programsAnEvent({}) === 1 ? 0 : FEW);
    const execs = traced.execsIn(workspace);
    let faults = 0;
    for (const name of names) {
      const told = execs.filter(({ argv }) => argv[0] === "/bin/true" && argv[1]?.startsWith(`${name}-`));
      const numbers = told.map(({ argv }) => Number(argv[1]?.slice(name.length + 1)));
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const [shell] = execs.filter(({ argv }) => argv.includes(name));
      const whole = told.filter(({ comm, parentId }) => comm === "sh" && parentId === shell?.id);
      faults += EXECS - whole.length;
    }
    const exits = traced.exits.filter(({ labels }) => labels["username"] === "jessie");
    faults += LOOPS * (EXECS + 1) - exits.length;
    // An exec that nobody knows of has no end either.
    expect(faults).toBeLessThanOrEqual(2 * refused);
  });
});

const FOR_EACH_EVENT = ["on_fork", "on_rename", "on_exec", "on_exit"];
const firstOnes = (count: number): string[] =>
  ["", "_1", "_2"].slice(0, count).flatMap((standIn) => FOR_EACH_EVENT.map((hook) => hook + standIn));

describeKernel("what the kernel refuses", () => {
  const startNode = useTracedNode();

  it.each([1, 2])("is done by a stand-in behind %i", async (count) => {
    const traced = startNode({ kernel: { preemptible: true, refused: firstOnes(count) } });
    const workspace = traced.workspace("jessie", "main");
    await workspace.run([
      "/bin/sh",
      "-c",
      "(exec /bin/sh -c 'exit 3' child); /bin/true again; exit 5",
      "shell",
    ]);
    await traced.stopTracing();

    expect(traced.losses).toEqual([]);
    const [shell, child, again] = traced.execsIn(workspace);
    expect(traced.execsIn(workspace)).toHaveLength(3);
    expect(child).toMatchObject({ argv: ["/bin/sh", "-c", "exit 3", "child"], comm: "sh" });
    expect(again).toMatchObject({ argv: ["/bin/true", "again"], comm: "sh" });
    expect([child?.parentId, again?.parentId]).toEqual([shell?.id, shell?.id]);
    expect(traced.exits.map(({ id, exitCode, late }) => ({ id, exitCode, late }))).toEqual([
      { id: child?.id, exitCode: 3, late: false },
      { id: again?.id, exitCode: 0, late: false },
      { id: shell?.id, exitCode: 5, late: false },
    ]);
  });

  it("is a fork, and the parent is known all the same", async () => {
    const refused = ["on_fork", "on_fork_1", "on_fork_2"];
    const traced = startNode({ kernel: { preemptible: true, refused } });
    await traced.workspace("jessie", "main").run(["/bin/sh", "-c", "/bin/true child; :", "shell"]);
    await traced.stopTracing();
    const [shell, child] = traced.execs;
    expect(child).toMatchObject({ comm: "sh", lineage: "known", parentId: shell?.id });
    expect(traced.exits.map(({ id }) => id)).toEqual([child?.id, shell?.id]);
    expect(traced.losses).toEqual([]);
  });

  it("is an end that is told when the process is freed", async () => {
    const refused = ["on_exit", "on_exit_1", "on_exit_2"];
    const traced = startNode({ kernel: { preemptible: true, refused } });
    const workspace = traced.workspace("jessie", "main");
    const ends = ["exit 3", "kill -TERM $$", "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); /bin/true; done"];
    let complete = 0;
    // CI's kernel runs no program in an interrupt of its init's threads; a process that is freed in one never ends.
    for (let round = 0; round < 10 && complete < 3; round++) {
      const before = traced.execsIn(workspace).length;
      for (const end of ends) await workspace.run(["/bin/sh", "-c", end, `round-${String(round)}`]);
      await traced.settle();
      const execs = traced.execsIn(workspace).slice(before);
      expect(execs).toHaveLength(23);
      const exits = (): ExitEvent[] => traced.exits.filter(({ id }) => execs.some((exec) => exec.id === id));
      await traced.until("all ends are told", () => exits().length >= execs.length, 2).catch(() => undefined);
      if (exits().length < execs.length) continue;
      complete++;
      expect(exits().every(({ late }) => late)).toBe(true);
      const [first, second] = execs.map((exec) => exits().filter(({ id }) => id === exec.id));
      expect(first).toMatchObject([{ exitCode: 3, signal: undefined }]);
      expect(second).toMatchObject([{ exitCode: undefined, signal: 15 }]);
    }
    expect(complete).toBe(3);
    await traced.stopTracing();
    expect(new Set(traced.exits.map(({ id }) => id)).size).toBe(traced.exits.length);
    expect(traced.losses).toEqual([]);
  });

  describe("is an exec that is lost, and told to whose it was", () => {
    const refused = ["on_exec", "on_exec_1", "on_exec_2"];
    const start = (): TracedNode => startNode({ kernel: { preemptible: true, refused } });
    /** For each user how many execs were refused: a loss that goes on is told each second. */
    const lostIn = (traced: TracedNode): Record<string, number> => {
      const lost: Record<string, number> = {};
      for (const { kind, reason, count, labels } of traced.losses) {
        const what = `${labels["username"] ?? "nobody"}: ${kind} ${reason}`;
        lost[what] = (lost[what] ?? 0) + count;
      }
      return lost;
    };

    it("at the end of its process", async () => {
      const traced = start();
      const script = `i=0; while [ $i -lt ${String(EXECS)} ]; do i=$((i + 1)); /bin/true; done`;
      succeeded(await traced.workspace("jessie", "main").run(["/bin/sh", "-c", script]));
      await traced.workspace("joe", "main").run(["/bin/true"]);
      await traced.stopTracing();
      expect(traced.events.every(({ type }) => type === "lost")).toBe(true);
      expect(lostIn(traced)).toEqual({ "jessie: exec recursion": EXECS + 1, "joe: exec recursion": 1 });
    });

    it("while its process runs on", async () => {
      const traced = start();
      const command = ["/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/cat'"];
      const running = traced.workspace("jessie", "main").start(command);
      running.stdin?.write("cat runs\n");
      await new Promise((resolve) => running.stdout?.once("data", resolve));
      traced.kernel.findRefused();
      traced.kernel.findRefused();
      await traced.until("the loss is told", () => traced.losses.length > 0);
      expect(lostIn(traced)).toEqual({ "jessie: exec recursion": 3 });
      running.stdin?.end();
      await traced.stopTracing();
      expect(traced.losses).toHaveLength(1);
    });

    // Told by the arguments that it has not got; an exiting process shows them since 6.16, and stand-ins are for 7.0 and later.
    it.runIf(showsMemoryAtExit())("but not one that failed when the process could not go back", async () => {
      const traced = start();
      const file = join(mkdtempSync(join(tmpdir(), "process-logging-")), "broken");
      writeFileSync(file, brokenProgram(), { mode: 0o755 });
      const { signal } = await traced.workspace("jessie", "main").run(["/bin/sh", "-c", 'exec "$0"', file]);
      rmSync(dirname(file), { recursive: true });
      expect(signal).toMatch(/SIGSEGV|SIGKILL/);
      await traced.stopTracing();
      expect(lostIn(traced)).toEqual({ "jessie: exec recursion": 1 });
    });
  });
});

function showsMemoryAtExit(): boolean {
  const version = parseKernelVersion(release());
  return version !== undefined && isAtLeast(version, 6, 16);
}

/** An ELF file of this machine whose only segment belongs where no process has memory: exec learns it after it has given up the old program. */
function brokenProgram(): Buffer {
  const machine = readFileSync(process.execPath).readUInt16LE(18);
  const header = Buffer.alloc(64 + 56);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(0x40_0000n, 24);
  header.writeBigUInt64LE(64n, 32); // e_phoff
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(0xffff_0000_0000_0000n, 64 + 16); // p_vaddr
  header.writeBigUInt64LE(0xffff_0000_0000_0000n, 64 + 24);
  header.writeBigUInt64LE(120n, 64 + 32);
  header.writeBigUInt64LE(120n, 64 + 40);
  header.writeBigUInt64LE(4096n, 64 + 48);
  return header;
}
