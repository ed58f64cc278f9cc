import { setTimeout } from "node:timers/promises";

import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import { percentile } from "../spread.ts";
import { StreamReader } from "../streamReader.ts";
import { RunningTool } from "../tools/runningTool.ts";

const RATE = 100;

/** How long after its spawn an exec is with a reader of the stream, at 100/s. The others have no stream. */
export async function streamLatency(bench: Bench): Promise<Figure[]> {
  const { plan, cgroup, generator, oursWhole, apiSocket } = bench;
  const measured = await measureEach(bench, "Stream", [oursWhole], (tool) =>
    RunningTool.use(bench, tool, async () => {
      const times = new Map<string, number>();
      const marks = new RegExp(`${generator.prefix}\\d+-\\d+`);
      const reader = await StreamReader.open(apiSocket, (line, timeMs) => {
        const mark = marks.exec(line)?.[0];
        if (mark !== undefined) times.set(mark, timeMs);
      });
      const load = { count: plan.slowCount, rate: RATE, spawners: 1, cgroup: cgroup.workspace };
      const { run, spawnedNs } = await generator.run(load);
      await setTimeout(500);
      reader.close();
      return [...spawnedNs].flatMap((spawned, number) => {
        const timeMs = times.get(`${generator.prefix}${String(run)}-${String(number)}`);
        return timeMs === undefined ? [] : [timeMs - Number(spawned) / 1e6];
      });
    }),
  );
  const figure = (title: string, part: number): Figure => ({
    title: `spawn → WebSocket, ms: at 100/s, ${title}`,
    digits: 1,
    goal: undefined,
    results: pick(measured, (delays) => percentile(delays, part)),
  });
  return [figure("p50", 0.5), figure("p99", 0.99)];
}
