import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { RunningTool } from "../tools/runningTool.ts";
import { traceStopped } from "./loss.ts";

/** How many execs have no line: of bursts as fast as the machine makes them, and while the reader is paused. */
export async function bursts(bench: Bench): Promise<Figure[]> {
  const { plan } = bench;
  const number = (value: number): string => value.toLocaleString("en-US");
  const cases = [
    ...plan.bursts.map((count) => ({
      title: `lost of a burst of ${number(count)}`,
      ...{ count, rate: 0, stopMs: 0 },
    })),
    ...plan.pausesSeconds.map((seconds) => ({
      title: `lost of ${number(seconds * plan.rate)} at ${number(plan.rate)}/s, reader paused for ${String(seconds)} s`,
      ...{ count: seconds * plan.rate, rate: plan.rate, stopMs: seconds * 1000 },
    })),
  ];
  const figures: Figure[] = [];
  for (const { title, count, rate, stopMs } of cases) {
    const measured = await measureEach(
      bench,
      title,
      [bench.ours(), bench.oursWhole, ...bench.peers],
      (tool) =>
        RunningTool.use(bench, tool, async (running) => {
          if (stopMs > 0) return await traceStopped(bench, running, { count, rate }, stopMs);
          const load = { count, rate, spawners: plan.spawners, cgroup: bench.cgroup.workspace };
          const { arrivals } = await running.trace(load);
          return { lines: arrivals.timesNs.size };
        }),
    );
    const results = pick(measured, ({ lines }) => count - lines);
    figures.push({ title, digits: 0, goal: { most: 0 }, results });
  }
  return figures;
}
