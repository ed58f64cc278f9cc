import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { meanOf } from "../spread.ts";
import { RunningTool } from "../tools/runningTool.ts";

/** Against the mean of the same work without the tool, before and after. */
interface Slowdown {
  /** Of a tool that has just started. */
  readonly first: number;
  /** Of the same work once more. */
  readonly again: number;
}

/** How much longer execs take that are made as fast as they go, against no tracer. */
export async function wallTime(bench: Bench): Promise<{ figures: Figure[]; details: string[] }> {
  const { plan, cgroup } = bench;
  const title = `wall time of ${plan.count.toLocaleString("en-US")} execs from ${String(plan.spawners)} spawners, against no tracer`;
  const load = { count: plan.count, rate: 0, spawners: plan.spawners, cgroup: cgroup.workspace };
  const untraced = async (): Promise<number> => (await bench.generator.run(load)).wallNs;
  const traced = async ({ reader }: RunningTool): Promise<number> => {
    const { run, count, wallNs } = await bench.generator.run(load);
    await reader.whenAll(run, count);
    return wallNs;
  };
  const tools = [bench.ours(), bench.oursWhole, ...bench.peers];
  let before = await untraced();
  const measured = await measureEach(bench, title, tools, async (tool): Promise<Slowdown> => {
    const [first, again] = await RunningTool.use(bench, tool, async (running) => [
      await traced(running),
      await traced(running),
    ]);
    const after = await untraced();
    const without = (before + after) / 2;
    before = after;
    return { first: first / without, again: again / without };
  });
  const figure = (name: string, value: (slowdown: Slowdown) => number): Figure => ({
    title: `${title}: ${name}`,
    digits: 3,
    goal: { most: 1.03 },
    results: pick(measured, value),
  });
  return {
    figures: [
      figure("from the start on", ({ first }) => first),
      figure("as many again", ({ again }) => again),
    ],
    details: [
      `${title}, both: ${[...measured].map(([tool, runs]) => `${tool} ${describeMean(runs)}`).join(", ")}`,
    ],
  };
}

/** The machine's own speed varies by more than what is looked for: only the mean of many runs tells. */
function describeMean(runs: readonly Slowdown[] | string): string {
  if (typeof runs === "string") return runs;
  const { mean, standardError } = meanOf(runs.flatMap(({ first, again }) => [first, again]));
  return `${mean.toFixed(3)} ± ${standardError.toFixed(3)} (mean and its standard error)`;
}
