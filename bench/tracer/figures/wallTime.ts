import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { RunningTool } from "../tools/runningTool.ts";
import type { Tool } from "../tools/tool.ts";

/** How much longer execs take that are made as fast as they go, against no tracer, in pairs of runs. */
export async function wallTime(bench: Bench): Promise<Figure> {
  const { plan, cgroup } = bench;
  const title = `wall time of ${plan.count.toLocaleString("en-US")} execs from ${String(plan.spawners)} spawners, against no tracer`;
  const load = { count: plan.count, rate: 0, spawners: plan.spawners, cgroup: cgroup.workspace };
  const untraced = async (): Promise<number> => (await bench.generator.run(load)).wallNs;
  const traced = (tool: Tool): Promise<number> =>
    RunningTool.use(bench, tool, async (running) => {
      const { run, count, wallNs } = await bench.generator.run(load);
      await running.reader.whenAll(run, count);
      return wallNs;
    });
  const tools = [bench.ours(), bench.oursWhole, ...bench.peers];
  const measured = await measureEach(bench, title, tools, async (tool, run) => {
    // Which of a pair is first changes, so that a machine that gets slower or faster favours neither.
    if (run % 2 === 0) {
      const without = await untraced();
      return (await traced(tool)) / without;
    }
    const withTool = await traced(tool);
    return withTool / (await untraced());
  });
  return { title, digits: 3, goal: { most: 1.03 }, results: pick(measured, (ratio) => ratio) };
}
