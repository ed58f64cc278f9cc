import type { Bench } from "../bench.ts";
import { formatNumber } from "../figure.ts";
import { formatTable } from "../formatTable.ts";
import { cpuMs, residentBytes } from "../processUsage.ts";
import { RunningTool } from "../tools/runningTool.ts";
import type { Tool } from "../tools/tool.ts";

const STEPS = 10;
const STEP_EXECS = 100_000;

/** Our service's memory over a million execs, made as fast as they go, without and with API and history, as tables. */
export async function longRun(bench: Bench): Promise<string> {
  const tables: string[] = [];
  for (const tool of [bench.ours(), bench.oursWhole])
    tables.push(`${tool.name}:\n${await longRunOf(bench, tool)}`);
  return tables.join("\n\n");
}

async function longRunOf(bench: Bench, tool: Tool): Promise<string> {
  return await RunningTool.use(bench, tool, async (running) => {
    const rows: string[][] = [];
    for (let step = 1; step <= STEPS; step++) {
      bench.say(`Long run of ${tool.name}: ${String(step)} of ${String(STEPS)} steps`);
      const cpuBefore = cpuMs(running.pid);
      const { run, arrivals } = await running.trace({
        count: STEP_EXECS,
        rate: 0,
        spawners: bench.plan.spawners,
        cgroup: bench.cgroup.workspace,
      });
      running.reader.forget(run.run);
      rows.push([
        formatNumber(step * STEP_EXECS, 0),
        formatNumber(residentBytes(running.pid) / 1e6, 1),
        formatNumber(((cpuMs(running.pid) - cpuBefore) * 1000) / STEP_EXECS, 1),
        formatNumber(STEP_EXECS - arrivals.timesNs.size, 0),
        formatNumber(STEP_EXECS / (run.wallNs / 1e9), 0),
      ]);
    }
    return formatTable(["execs", "resident MB", "CPU µs per exec", "without a line", "execs/s"], rows);
  });
}
