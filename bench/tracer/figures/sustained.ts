import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { measureEach, pick } from "../measureEach.ts";
import type { StreamTold } from "../streamReader.ts";
import { RunningTool } from "../tools/runningTool.ts";

const READERS = 20;

interface Sustained {
  readonly perSecond: number;
  /** Execs that the readers got or were told they miss, against what there was for each of them. */
  readonly accounted: boolean;
}

/** How many execs a second a tool tells with none lost: as many as the machine makes, else the first lower rate. */
export async function sustained(bench: Bench): Promise<{ figures: Figure[]; details: string[] }> {
  const alone = await measureEach(
    bench,
    "Sustained",
    [bench.ours(), bench.oursWhole, ...bench.peers],
    (tool) =>
      RunningTool.use(bench, tool, async (running) => ({
        perSecond: await highestRate(bench, running),
        accounted: true,
      })),
  );
  const streaming = await measureEach(
    bench,
    `Sustained, ${String(READERS)} readers`,
    [bench.oursWhole],
    (tool) => RunningTool.use(bench, tool, (running) => whileStreaming(bench, running)),
  );
  const figure = (title: string, measured: typeof alone): Figure => ({
    title: `execs/s with none lost${title}`,
    digits: 0,
    goal: undefined,
    results: pick(measured, ({ perSecond }) => perSecond),
  });
  const runs = streaming.get(bench.oursWhole.name);
  return {
    figures: [figure(", alone", alone), figure(`, ${String(READERS)} readers of the stream`, streaming)],
    details:
      typeof runs === "object"
        ? [
            runs.every(({ accounted }) => accounted)
              ? "of the stream's readers each was told every exec, or that it misses it"
              : "WRONG: a reader of the stream was not told of every exec",
          ]
        : [],
  };
}

async function highestRate(bench: Bench, running: RunningTool): Promise<number> {
  const { plan, cgroup } = bench;
  for (const rate of [0, ...plan.lowerRates]) {
    const count = rate === 0 ? plan.sustainedCount : rate * plan.sustainedSeconds;
    const load = { count, rate, spawners: plan.spawners, cgroup: cgroup.workspace };
    const { run, arrivals } = await running.trace(load);
    if (arrivals.timesNs.size === count) return count / (run.wallNs / 1e9);
    await setTimeout(500);
  }
  return 0;
}

async function whileStreaming(bench: Bench, running: RunningTool): Promise<Sustained> {
  const script = fileURLToPath(new URL("../streamReaders.ts", import.meta.url));
  const readers = spawn(process.execPath, [script, bench.apiSocket, String(READERS)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: readers.stdout });
  const ended = once(readers, "close");
  try {
    await once(lines, "line");
    const ask = async (): Promise<StreamTold[]> => {
      readers.stdin.write("\n");
      const [line] = (await once(lines, "line")) as [string];
      return JSON.parse(line) as StreamTold[];
    };
    const before = await ask();
    const { plan, cgroup } = bench;
    const load = { count: plan.sustainedCount, rate: 0, spawners: plan.spawners, cgroup: cgroup.workspace };
    const { run, arrivals } = await running.trace(load);
    await setTimeout(1000);
    const after = await ask();
    const told = after.map(
      ({ execs, missed }, index) =>
        execs + missed - (before[index]?.execs ?? 0) - (before[index]?.missed ?? 0),
    );
    return {
      perSecond: arrivals.timesNs.size === load.count ? load.count / (run.wallNs / 1e9) : 0,
      // The load's own program is executed, too, by whoever makes it.
      accounted: told.every((execs) => execs >= load.count),
    };
  } finally {
    readers.stdin.end();
    await ended;
  }
}
