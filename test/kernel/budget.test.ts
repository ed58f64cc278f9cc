import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CProject } from "../../bench/tracer/cProject.ts";
import type { LostEvent } from "../../protocol/events.ts";
import { defaultBudget } from "../../tracer-service/kernel/execBudget.ts";
import type { KernelTracerOptions } from "../../tracer-service/kernel/kernelTracer.ts";
import { PinDirectory } from "../../tracer-service/kernel/pinDirectory.ts";
import { AllKeepers } from "../../tracer-service/pipeline/allKeepers.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import { TestBpfFileSystem } from "./support/testBpfFileSystem.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

/** No more than the burst comes while a test runs: what is earned meanwhile can't be told in advance. */
const BUDGET = { perSecond: 1, burst: 200 };

describeKernel("a workspace beyond its budget", () => {
  const programs = useTestPrograms();
  const startNode = useTracedNode();
  let directory: string;

  beforeAll(() => {
    // Where set-user-ID bits count.
    directory = mkdtempSync(join(tmpdir(), "wpl-budget-"));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const trace = (): TracedNode => startNode({ kernel: { budget: BUDGET } });

  function copyOf(name: string): string {
    const path = join(directory, name);
    copyFileSync(programs.path("nothing"), path);
    return path;
  }

  /** Executes a program so often, by one that is executed once itself; all but the first are repeats. */
  async function flood(
    workspace: TestCgroup,
    count: number,
    program = programs.path("nothing"),
  ): Promise<void> {
    const lists = Array.from({ length: count }, (_, index) => ["x", String(index)]);
    const argv = [programs.path("exec_list"), program, "spawner"];
    succeeded(await workspace.run(argv, { input: encodeArgumentLists(lists) }));
  }

  const of = (events: readonly LostEvent[], username: string): LostEvent[] =>
    events.filter(({ labels, reason }) => labels["username"] === username && reason === "over_budget");
  const withheld = (traced: TracedNode, username: string): number =>
    of(traced.losses, username).reduce((sum, { count }) => sum + count, 0);
  /** How many programs a workspace may have told since a time: what was saved up, what it earned, and some from the reserve. */
  const affordable = (sinceMs: number): number =>
    BUDGET.burst + 20 + BUDGET.perSecond * Math.ceil((performance.now() - sinceMs) / 1000);
  const logged = (traced: TracedNode, username: string): number =>
    traced.execs.filter(({ labels }) => labels["username"] === username).length;

  it("has its repeats withheld and counted by program, and no other workspace loses any", async () => {
    const traced = trace();
    const [mallory, jessie] = [traced.workspace("mallory", "main"), traced.workspace("jessie", "main")];
    const other = copyOf("other");
    const begunMs = performance.now();
    await Promise.all([flood(mallory, 1_000), flood(jessie, 100)]);
    await flood(mallory, 500, other);
    await traced.settle();
    await traced.stopTracing();

    expect(logged(traced, "mallory") + withheld(traced, "mallory")).toBe(1_502);
    expect([logged(traced, "jessie"), withheld(traced, "jessie")]).toEqual([101, 0]);
    // What is withheld of each: neither more than ran of it nor less than the budget leaves.
    const byProgram = (name: string): number =>
      of(traced.losses, "mallory").reduce(
        (sum, { count, program }) => sum + (program === name ? count : 0),
        0,
      );
    expect(byProgram("nothing")).toBeGreaterThanOrEqual(1_000 - affordable(begunMs));
    expect(byProgram("other")).toBeGreaterThanOrEqual(400);
    const all = ["nothing", "other", "exec_list"].reduce((sum, name) => sum + byProgram(name), 0);
    expect(all).toBe(withheld(traced, "mallory"));
    const [first] = of(traced.losses, "mallory");
    expect(first?.cgroup).toBe(mallory.path);
  });

  it("is told of by the bytes of a program's name that is not UTF-8", async () => {
    const traced = trace();
    const mallory = traced.workspace("mallory", "main");
    copyFileSync(
      programs.path("nothing"),
      Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])]),
    );
    const script = 'exec "$0" "$(printf "%s/\\377" "$1")" spawner';
    const lists = Array.from({ length: 400 }, () => ["x"]);
    succeeded(
      await mallory.run(["/bin/sh", "-c", script, programs.path("exec_list"), directory], {
        input: encodeArgumentLists(lists),
      }),
    );
    await traced.settle();
    await traced.stopTracing();
    const named = of(traced.losses, "mallory").find(({ program }) => program === "\ufffd");
    expect(named?.raw).toEqual({ program: Buffer.from([0xff]).toString("base64") });
  });

  it("does not get more by cgroups of its own", async () => {
    const traced = trace();
    const below = Array.from({ length: 4 }, (_, index) =>
      traced.workspace("mallory", "main", `sub${String(index)}`),
    );
    for (const cgroup of below) await flood(cgroup, 300);
    await traced.settle();
    await traced.stopTracing();
    expect(logged(traced, "mallory") + withheld(traced, "mallory")).toBe(1_204);
    expect(logged(traced, "mallory")).toBeLessThan(2 * BUDGET.burst);
  });

  it("can't hide a program that is new, has no file, or gains privileges", async () => {
    const traced = trace();
    const workspace = traced.workspace("mallory", "main");
    const setuid = copyOf("gains");
    chownSync(setuid, 65_534, 65_534);
    chmodSync(setuid, 0o4755);
    const deleted = copyOf("deleted");
    await flood(workspace, 1_000);
    await workspace.run([copyOf("new"), "it-is-new"]);
    const byFd = programs.path("exec_by_fd");
    await workspace.run([byFd, "memfd", programs.path("nothing"), "name", "from-memory"]);
    await workspace.run([byFd, "deleted", deleted, "its-file-is-gone"]);
    await workspace.run([setuid, "it-gains"]);
    await flood(workspace, 500);
    await traced.settle();
    await traced.stopTracing();
    const told = traced.execs.map(({ argv }) => argv.at(-1));
    const ran = ["it-is-new", "from-memory", "its-file-is-gone", "it-gains"];
    expect(told).toEqual(expect.arrayContaining(ran));
    expect(withheld(traced, "mallory")).toBeGreaterThan(1_000);
  });

  it("leaves what it withheld out of the tree: what that starts hangs under what was told last", async () => {
    const traced = trace();
    const workspace = traced.workspace("mallory", "main");
    await flood(workspace, 1_000);
    await flood(workspace, 300);
    const ran = copyOf("below");
    // Most of these shells are repeats.
    const nested = "/bin/sh -c '/bin/sh -c \"$PROGRAM seen-below; true\"; true'; true";
    await workspace.run(["/bin/sh", "-c", nested], { env: { ...process.env, PROGRAM: ran } });
    const below = await traced.exec("seen-below");
    await traced.settle();
    await traced.stopTracing();
    const ids = new Set(traced.execs.map(({ id }) => id));
    expect(below.parentId === undefined || ids.has(below.parentId)).toBe(true);
    // Whoever was told of an exec is told of its end, and of no other.
    const processes = new Set(traced.execs.map(({ id }) => id.slice(0, id.lastIndexOf("."))));
    const ended = traced.exits.map(({ id }) => id.slice(0, id.lastIndexOf(".")));
    expect(ended.filter((id) => !processes.has(id))).toEqual([]);
    expect(new Set(ended).size).toBe(ended.length);
  });

  it("can't hide a script behind another one with the same interpreter", async () => {
    const traced = trace();
    const workspace = traced.workspace("mallory", "main");
    const script = (name: string): string => {
      const path = join(directory, name);
      writeFileSync(path, "#!/bin/sh\n:\n", { mode: 0o755 });
      return path;
    };
    const [flooding, evil] = [script("flood.sh"), script("evil.sh")];
    for (const below of ["here", "there"]) mkdirSync(join(directory, below));
    const inBoth = ["here", "there"].map((below) => script(`${below}/same.sh`));
    const begunMs = performance.now();
    await flood(workspace, 1_000, flooding);
    await flood(workspace, 300, evil);
    // By names that mean another file in each directory.
    for (const path of inBoth) await workspace.run(["./same.sh", path], { cwd: dirname(path) });
    await traced.settle();
    await traced.stopTracing();
    const counted = of(traced.losses, "mallory").map(({ program, count }) => [program, count] as const);
    const withheldOf = (name: string): number =>
      counted.reduce((sum, [program, count]) => sum + (program === name ? count : 0), 0);
    const told = traced.execs.filter(({ filename }) => filename === evil).length;
    expect(told).toBeGreaterThan(0);
    expect(withheldOf("evil.sh") + told).toBe(300);
    expect(withheldOf("flood.sh")).toBeGreaterThanOrEqual(1_000 - affordable(begunMs));
    expect(traced.execs.map(({ argv }) => argv.at(-1))).toEqual(expect.arrayContaining(inBoth));
  });

  describe("that fills the ring", () => {
    const MIB = 1024 * 1024;
    const RING = { ringBytes: 2 * MIB, budget: { perSecond: 1, burst: 5_000 } };
    /** Of this the program runs under longer and longer names. */
    const SCRIPT = 'p=$1; i=0; while [ $i -lt 800 ]; do i=$((i + 1)); p=/.$p; "$p"; done';

    async function longArguments(workspace: TestCgroup, argumentBytes: number): Promise<number> {
      const lists = Array.from({ length: 200 }, (_, index) => ["x".repeat(argumentBytes), String(index)]);
      const argv = [programs.path("exec_list"), programs.path("nothing"), "spawner"];
      succeeded(await workspace.run(argv, { input: encodeArgumentLists(lists) }));
      return 201;
    }

    const WAYS: readonly [string, (workspace: TestCgroup) => Promise<number>][] = [
      ["long arguments", (workspace) => longArguments(workspace, 31_000)],
      ["arguments of 12 KB", (workspace) => longArguments(workspace, 12_000)],
      [
        "a long name",
        async (workspace) => {
          await flood(workspace, 700, `${"/.".repeat(1_900)}${programs.path("nothing")}`);
          return 701;
        },
      ],
      [
        "long names that are new",
        async (workspace) => {
          const path = join(directory, "named.sh");
          writeFileSync(path, "#!/bin/sh\n:\n", { mode: 0o755 });
          succeeded(await workspace.sh(SCRIPT, `${"/.".repeat(1_000)}${path}`));
          return 801;
        },
      ],
    ];

    it.each(WAYS)("by %s does not take it from others, and all of it is told", async (_, fill) => {
      const node = startNode({ kernel: RING });
      const [mallory, jessie] = [node.workspace("mallory", "main"), node.workspace("jessie", "main")];
      // From here on the kernel knows whose they are.
      for (const each of [mallory, jessie]) {
        await each.run(["/bin/true", each.path]);
        await node.exec(each.path);
      }
      node.hold();
      const ran = 1 + (await fill(mallory));
      await flood(jessie, 300);
      node.release();
      await node.settle();
      await node.stopTracing();
      expect(node.losses.filter(({ reason }) => reason !== "over_budget")).toEqual([]);
      const ends = node.exits.filter(({ labels }) => labels["username"] === "jessie");
      expect([logged(node, "jessie"), ends.length]).toEqual([302, 302]);
      const [shortened, executed] = [true, false].map((isShort) =>
        of(node.losses, "mallory")
          .filter(({ kind }) => (kind === "arguments") === isShort)
          .reduce((sum, { count }) => sum + count, 0),
      );
      expect(logged(node, "mallory") + (executed ?? 0)).toBe(ran);
      const cut = node.execs.filter(({ truncated, labels }) => truncated && labels["username"] === "mallory");
      expect(cut.length).toBe(shortened);
      for (const { argsBytes, argv } of cut) {
        expect(argsBytes).toBeGreaterThan(1_024);
        expect(Buffer.byteLength(argv.join(" "))).toBeLessThan(1_100);
      }
    });
  });

  it("is not reached by a build with 64 jobs at a time", async () => {
    // A rate that the default is on any node, but less at once than the build needs in all.
    const budget = { perSecond: defaultBudget(1).perSecond, burst: 80 };
    const node = startNode({ kernel: { budget, ringBytes: 512 * 1024 } });
    const workspace = node.workspace("jessie", "main");
    const project = new CProject(join(directory, "project"), 40);
    succeeded(await workspace.run(project.buildCommand(64)));
    await node.settle();
    await node.stopTracing();
    expect(logged(node, "jessie")).toBeGreaterThan(2 * budget.burst);
    expect(node.losses).toEqual([]);
  }, 60_000);

  it("is told when nothing is withheld any more", async () => {
    const traced = trace();
    const workspace = traced.workspace("mallory", "main");
    await flood(workspace, 500);
    await traced.until("execs were withheld", () => withheld(traced, "mallory") > 0);
    await traced.until("that has ended", () =>
      traced.losses.some(({ reason, count }) => reason === "within_budget" && count === 0),
    );
    const ended = traced.losses.find(({ reason }) => reason === "within_budget");
    const first = of(traced.losses, "mallory")[0];
    expect(ended?.labels["username"]).toBe("mallory");
    expect(ended?.firstNs).toBe(first?.firstNs);
  });

  it.each([
    ["goes on with its programs", {}],
    ["replaces them", { ringBytes: 8 * 1024 * 1024 }],
  ])("is told that it has ended, once, also by a service that %s", async (_, change) => {
    const bpffs = new TestBpfFileSystem();
    const nodes: TracedNode[] = [];
    /** Ends the node before, and lets the next go on where it was. */
    const next = async (kernel: Partial<KernelTracerOptions>): Promise<TracedNode> => {
      const before = nodes.at(-1);
      await before?.session.stop();
      before?.session.finish();
      before?.kernel.close();
      pins?.close();
      pins = PinDirectory.open(bpffs.pinDirectory);
      const options = { kernel: { budget: BUDGET, pins, ...kernel }, keeper: new AllKeepers([]) };
      nodes.push(new TracedNode({ ...options, ...(before && { root: before.root }) }));
      return nodes.at(-1) as TracedNode;
    };
    let pins: PinDirectory | undefined;
    try {
      mkdirSync(bpffs.pinDirectory);
      const first = await next({});
      await flood(first.workspace("mallory", "main"), 500);
      await first.until("execs were withheld", () => withheld(first, "mallory") > 0);
      const all = (): LostEvent[] => nodes.flatMap(({ losses }) => losses);
      const ended = (): LostEvent[] => all().filter(({ reason }) => reason === "within_budget");
      const second = await next(change);
      await second.until("that has ended", () => ended().length > 0);
      const third = await next(change);
      // The programs of this one's own budget and a loss of its own show that it tells what there is.
      await flood(third.workspace("robin", "main"), 500);
      await third.until("execs were withheld", () => withheld(third, "robin") > 0);
      const told = of(all(), "mallory");
      expect(ended()).toMatchObject([{ count: 0, firstNs: told[0]?.firstNs, lastNs: told.at(-1)?.lastNs }]);
      expect(ended()[0]?.labels["username"]).toBe("mallory");
      const counted = told.reduce((sum, { count }) => sum + count, 0);
      expect(counted + nodes.reduce((sum, each) => sum + logged(each, "mallory"), 0)).toBe(501);
    } finally {
      for (const each of nodes) await each.close();
      pins?.close();
      bpffs.remove();
    }
  });
});
