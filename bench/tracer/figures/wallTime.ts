import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { RunningTool } from "../tools/runningTool.ts";

/** Against the mean of the same work without the tool, before and after. */
interface Slowdown {
  /** Of a tool that has just started. */
  readonly first: number;
  /** Of the same work once more. */
  readonly again: number;
}

/** How much longer execs take that are made as fast as they go, against no tracer. */
export async function wallTime(bench: Bench): Promise<Figure[]> {
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
  const measured = await measureEach(bench, title, tools, async (tool): Promise<Slowdown> => {
    const before = await untraced();
    const [first, again] = await RunningTool.use(bench, tool, async (running) => [
      await traced(running),
      await traced(running),
    ]);
    const without = (before + (await untraced())) / 2;
    return { first: first / without, again: again / without };
  });
  const figure = (name: string, value: (slowdown: Slowdown) => number): Figure => ({
    title: `${title}: ${name}`,
    digits: 3,
    goal: { most: 1.03 },
    results: pick(measured, value),
  });
  return [figure("from the start on", ({ first }) => first), figure("as many again", ({ again }) => again)];
}
