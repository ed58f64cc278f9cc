import type { Bench } from "../bench.ts";
import { formatTable } from "../formatTable.ts";
import { cpuMs } from "../processUsage.ts";
import { percentile, spreadOf } from "../spread.ts";
import { RunningTool } from "../tools/runningTool.ts";
import { delaysMs } from "./latency.ts";

const SLOW_RATE = 100;

interface Point {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one processor. */
  readonly cpuPercent: number;
}

/** What our service's flag --rest trades: latency against CPU, at two rates. Medians of all runs, as a table. */
export async function restCurve(bench: Bench): Promise<string> {
  const { plan } = bench;
  const rows: string[][] = [];
  for (const rest of plan.rests) {
    bench.say(`--rest ${String(rest)}`);
    const tool = bench.ours("--rest", String(rest));
    const points = await RunningTool.use(bench, tool, async (running) => {
      const slow: Point[] = [];
      const fast: Point[] = [];
      for (let run = 0; run < plan.runs; run++) {
        slow.push(await measure(bench, running, SLOW_RATE));
        fast.push(await measure(bench, running, plan.rate));
      }
      return { slow, fast };
    });
    rows.push([String(rest), ...cells(points.slow), ...cells(points.fast)]);
  }
  const columns = (rate: number): string[] =>
    ["p50 ms", "p99 ms", "CPU %"].map((name) => `${name} at ${String(rate)}/s`);
  return formatTable(["--rest", ...columns(SLOW_RATE), ...columns(plan.rate)], rows);
}

async function measure({ plan, cgroup }: Bench, running: RunningTool, rate: number): Promise<Point> {
  const cpuBefore = cpuMs(running.pid);
  const started = performance.now();
  const { run, arrivals } = await running.trace({
    count: rate * plan.curveSeconds,
    rate,
    spawners: plan.spawners,
    cgroup: cgroup.workspace,
  });
  const usedMs = cpuMs(running.pid) - cpuBefore;
  const delays = delaysMs(run, arrivals);
  return {
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    cpuPercent: (100 * usedMs) / (performance.now() - started),
  };
}

function cells(points: readonly Point[]): string[] {
  const median = (value: (point: Point) => number): string => spreadOf(points.map(value)).median.toFixed(1);
  return [
    median((point) => point.p50Ms),
    median((point) => point.p99Ms),
    median((point) => point.cpuPercent),
  ];
}
