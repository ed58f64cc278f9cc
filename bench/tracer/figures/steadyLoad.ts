import { setTimeout } from "node:timers/promises";

import type { Bench } from "../bench.ts";
import { programNames, programsOf, runsBetween, withBpfStatistics } from "../bpfStatistics.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { cpuMs, residentBytes } from "../processUsage.ts";
import { spreadOf } from "../spread.ts";
import { RunningTool } from "../tools/runningTool.ts";
import { scopedExecsnoop } from "../tools/peerTools.ts";
import type { Tool } from "../tools/tool.ts";

/** What a tool used for the execs of one load. */
interface Usage {
  /** Per exec. */
  readonly kernelNs: number;
  /** Of it, by program. */
  readonly programNs: ReadonlyMap<string, number>;
  readonly userUs: number;
  readonly residentMb: number;
}

/** The first load after the tool's start, in which a runtime still compiles and caches are cold; and the one after. */
interface Steady {
  readonly first: Usage;
  readonly next: Usage;
}

/** After its start a tool still has to come to rest. */
const SETTLE_MS = 1000;

/** Kernel time, CPU time and memory at a steady rate of execs in scope, and kernel time of execs out of scope. */
export async function steadyLoad(bench: Bench): Promise<{ figures: Figure[]; details: string[] }> {
  const { plan, peers, cgroup } = bench;
  const ours = bench.ours();
  const amount = `${plan.count.toLocaleString("en-US")} execs at ${String(plan.rate)}/s`;
  return await withBpfStatistics(async () => {
    const inScope = await measureEach(
      bench,
      `In scope, ${amount}`,
      [ours, bench.oursWhole, ...peers],
      (tool) =>
        RunningTool.use(bench, tool, async (running): Promise<Steady> => ({
          first: await measure(bench, tool, running, cgroup.workspace),
          next: await measure(bench, tool, running, cgroup.workspace),
        })),
    );
    const scoped = peers.some(({ name }) => name === "execsnoop") ? [scopedExecsnoop(cgroup.workspace)] : [];
    const outside = await measureEach(
      bench,
      `Out of scope, ${amount}`,
      [ours, bench.oursWhole, ...scoped],
      (tool) => RunningTool.use(bench, tool, (running) => measure(bench, tool, running, undefined)),
    );
    const kernel = pick(inScope, ({ first }) => first.kernelNs);
    const outsideKernel = pick(outside, (usage) => usage.kernelNs);
    const bestPeer = Math.min(
      ...peers.flatMap(({ name }) => {
        const values = kernel.get(name);
        return values === undefined || typeof values === "string" ? [] : [spreadOf(values).median];
      }),
    );
    const figures: Figure[] = [
      {
        title: "kernel ns per exec, all programs",
        digits: 0,
        goal: Number.isFinite(bestPeer) ? { most: bestPeer / 5, remark: "(a fifth of the best)" } : undefined,
        results: kernel,
      },
      {
        title: "the same for execs out of scope",
        digits: 0,
        goal: { most: 1000 },
        // The others know no scope: they trace everything.
        results: new Map([...kernel, ...outsideKernel]),
      },
      {
        title: "user-space CPU per exec, µs: from the start on",
        digits: 1,
        goal: { most: 15 },
        results: pick(inScope, ({ first }) => first.userUs),
      },
      {
        title: "user-space CPU per exec, µs: as many again",
        digits: 1,
        goal: { most: 15 },
        results: pick(inScope, ({ next }) => next.userUs),
      },
      {
        title: "resident memory after, MB",
        digits: 1,
        goal: { most: 90 },
        results: pick(inScope, ({ first }) => first.residentMb),
      },
    ];
    const details = [
      `ours in scope, kernel ns by program: ${byProgram(firstLoads(inScope.get(ours.name)))}`,
      `ours out of scope, by program: ${byProgram(outside.get(ours.name))}`,
      ...scoped.map(
        ({ name }) =>
          `${name} CGROUP (its own scope), execs out of scope: ${median(outsideKernel.get(name))} ns`,
      ),
    ];
    return { figures, details };
  });
}

async function measure(
  { plan: { count, rate, spawners }, generator }: Bench,
  tool: Tool,
  { pid, reader }: RunningTool,
  cgroup: string | undefined,
): Promise<Usage> {
  await setTimeout(SETTLE_MS);
  const before = programsOf(pid);
  const cpuBefore = cpuMs(pid);
  const { run } = await generator.run({ count, rate, spawners, cgroup });
  const programs = runsBetween(before, programsOf(pid));
  // Out of scope no line is to come.
  if (cgroup !== undefined) await reader.whenAll(run, count);
  const usedMs = cpuMs(pid) - cpuBefore;

  // Others exec too. A tool that traces those like ours must not be charged with them; one that has them out of its
  // scope spends next to nothing on them, and all of its time is charged to the execs in scope.
  const inScope = tool.scoped && cgroup !== undefined;
  const execs = (runCount: number): number => (inScope ? count : Math.max(count, runCount));
  const names = programNames();
  // Without names their order tells them: a tool loads its programs in the same order each time.
  const order = before.map(({ id }) => id).sort((a, b) => a - b);
  const programNs = new Map<string, number>();
  for (const { id, runTimeNs, runCount } of programs) {
    const name = names.get(id) ?? `program ${String(order.indexOf(id) + 1)}`;
    programNs.set(name, (programNs.get(name) ?? 0) + runTimeNs / execs(runCount));
  }
  return {
    kernelNs: [...programNs.values()].reduce((sum, ns) => sum + ns, 0),
    programNs,
    userUs: (usedMs * 1000) / execs(Math.max(0, ...programs.map(({ runCount }) => runCount))),
    residentMb: residentBytes(pid) / 1e6,
  };
}

function firstLoads(runs: readonly Steady[] | string | undefined): readonly Usage[] | string | undefined {
  return typeof runs === "object" ? runs.map(({ first }) => first) : runs;
}

/** Medians of several runs, by program. */
function byProgram(runs: readonly Usage[] | string | undefined): string {
  if (runs === undefined || typeof runs === "string") return runs ?? "not measured";
  const names = new Set(runs.flatMap((run) => [...run.programNs.keys()]));
  return [...names]
    .map((name) => ({ name, ns: spreadOf(runs.map((run) => run.programNs.get(name) ?? 0)).median }))
    .filter(({ ns }) => ns >= 10)
    .map(({ name, ns }) => `${name} ${ns.toFixed(0)}`)
    .join(", ");
}

function median(values: readonly number[] | string | undefined): string {
  return values === undefined || typeof values === "string"
    ? (values ?? "–")
    : spreadOf(values).median.toFixed(0);
}
