import { setTimeout } from "node:timers/promises";

import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import type { Load } from "../load.ts";
import { measureEach, pick } from "../measureEach.ts";
import { RunningTool } from "../tools/runningTool.ts";

const STOP_MS = 3000;

interface Told {
  readonly lines: number;
  readonly repeated: number;
  readonly lost: number;
}

/** How many execs have no line, when the tool is stopped for 3 s and when it is stopped throughout. */
export async function loss(bench: Bench): Promise<{ figures: Figure[]; details: string[] }> {
  const { plan } = bench;
  const ours = [bench.ours(), bench.oursWhole];
  const tools = [...ours, ...bench.peers];
  const cases = [
    {
      title: `lost of ${plan.lossCount.toLocaleString("en-US")}, reader stopped for 3 s`,
      count: plan.lossCount,
      // All of them happen while it is stopped.
      rate: plan.lossCount / (STOP_MS / 1000),
    },
    {
      title: `lost of ${plan.count.toLocaleString("en-US")}, stopped throughout`,
      count: plan.count,
      rate: plan.rate,
    },
  ];
  const figures: Figure[] = [];
  const details: string[] = [];
  for (const { title, count, rate } of cases) {
    const measured = await measureEach(bench, title, tools, (tool) =>
      RunningTool.use(bench, tool, (running) => traceStopped(bench, running, { count, rate }, STOP_MS)),
    );
    figures.push({
      title,
      digits: 0,
      goal: { most: 0 },
      results: pick(measured, ({ lines }) => count - lines),
    });
    for (const { name } of ours) details.push(`${title}: ${name}: ${accountOf(measured.get(name), count)}`);
  }
  return { figures, details };
}

/** What a tool tells of execs that are made while it is stopped, for at least so long. */
export async function traceStopped(
  bench: Bench,
  running: RunningTool,
  { count, rate }: Pick<Load, "count" | "rate">,
  stopMs: number,
): Promise<Told> {
  const stopped = performance.now();
  const run = await running.whileStopped(async () => {
    const load = { count, rate, spawners: bench.plan.spawners, cgroup: bench.cgroup.workspace };
    const { run } = await bench.generator.run(load);
    await setTimeout(Math.max(0, stopped + stopMs - performance.now()));
    return run;
  });
  const { timesNs, repeated, lost } = await running.reader.whenAll(run, count);
  return { lines: timesNs.size, repeated, lost };
}

/** Every exec must be accounted for: logged, or told as lost. */
function accountOf(runs: readonly Told[] | string | undefined, count: number): string {
  if (runs === undefined || typeof runs === "string") return runs ?? "not measured";
  const wrong = runs.filter(({ lines, repeated, lost }) => lines + lost !== count || repeated > 0);
  if (wrong.length === 0) return "logged + told as lost = executed, in every run";
  return `WRONG in ${String(wrong.length)} runs: ${wrong
    .map(
      (told) =>
        `${String(told.lines)} logged, ${String(told.repeated)} of them again, ${String(told.lost)} lost`,
    )
    .join("; ")}`;
}
