import { setTimeout } from "node:timers/promises";

import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import type { Arrivals } from "../lineReader.ts";
import type { LoadRun } from "../load.ts";
import { measureEach, pick } from "../measureEach.ts";
import { percentile } from "../spread.ts";
import { RunningTool } from "../tools/runningTool.ts";

const RATE = 100;
const SILENCE_MS = 1000;

/** How long after its spawn the line of an exec comes: at 100/s, and of single execs after a second of silence. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const measured = await measureEach(
    bench,
    "Latency",
    [bench.ours(), bench.oursWhole, ...bench.peers],
    (tool) => RunningTool.use(bench, tool, (running) => measure(bench, running)),
  );
  const figure = (title: string, most: number, value: Parameters<typeof pick<Delays>>[1]): Figure => ({
    title,
    digits: 1,
    goal: { most },
    results: pick(measured, value),
  });
  return [
    figure("spawn → line, ms: after 1 s of silence, p50", 2, ({ single }) => percentile(single, 0.5)),
    figure("spawn → line, ms: after 1 s of silence, p99", 5, ({ single }) => percentile(single, 0.99)),
    figure("spawn → line, ms: at 100/s, p50", 12, ({ steady }) => percentile(steady, 0.5)),
    figure("spawn → line, ms: at 100/s, p99", 30, ({ steady }) => percentile(steady, 0.99)),
  ];
}

interface Delays {
  readonly steady: readonly number[];
  readonly single: readonly number[];
}

async function measure({ plan, cgroup }: Bench, running: RunningTool): Promise<Delays> {
  const slow = { count: plan.slowCount, rate: RATE, spawners: 1, cgroup: cgroup.workspace };
  const steady = await running.trace(slow);
  const single: number[] = [];
  for (let i = 0; i < plan.silences; i++) {
    await setTimeout(SILENCE_MS);
    const { run, arrivals } = await running.trace({ ...slow, count: 1, rate: 0 });
    single.push(...delaysMs(run, arrivals));
  }
  return { steady: delaysMs(steady.run, steady.arrivals), single };
}

/** From the spawn of each exec to its line, ms; throws when none came. */
export function delaysMs(
  { spawnedNs, count }: Pick<LoadRun, "spawnedNs" | "count">,
  arrivals: Arrivals,
): number[] {
  const delays = [...arrivals.timesNs].map(
    ([number, timeNs]) => Number(timeNs - (spawnedNs[number] ?? 0n)) / 1e6,
  );
  if (delays.length === 0) throw new Error(`no line came of ${String(count)} execs`);
  return delays;
}
