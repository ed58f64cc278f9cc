import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const STATS_ENABLED = "/proc/sys/kernel/bpf_stats_enabled";

/** What one BPF program has used since statistics were switched on. */
export interface ProgramStatistics {
  readonly id: number;
  readonly runTimeNs: number;
  readonly runCount: number;
}

/** Has the kernel measure BPF programs while `measure` runs, then puts the setting back. */
export async function withBpfStatistics<T>(measure: () => Promise<T>): Promise<T> {
  const before = readFileSync(STATS_ENABLED, "utf8");
  const restore = (): void => {
    writeFileSync(STATS_ENABLED, before);
  };
  process.once("exit", restore);
  writeFileSync(STATS_ENABLED, "1");
  try {
    return await measure();
  } finally {
    restore();
    process.off("exit", restore);
  }
}

/** The programs that a process holds open, each once. Throws when it holds one by its link only: that tells nothing. */
export function programsOf(pid: number): ProgramStatistics[] {
  const directory = `/proc/${String(pid)}/fdinfo`;
  const programs = new Map<number, ProgramStatistics>();
  const linked = new Set<number>();
  for (const fd of readdirSync(directory)) {
    const info = parseFdinfo(readIfOpen(`${directory}/${fd}`));
    if (info.id === undefined) continue;
    linked.add(info.id);
    if (info.statistics !== undefined) programs.set(info.id, info.statistics);
  }
  const unknown = [...linked].filter((id) => !programs.has(id));
  if (unknown.length > 0) {
    throw new Error(
      `process ${String(pid)} holds BPF programs by their links only: ${unknown.map(String).join(", ")}`,
    );
  }
  return [...programs.values()];
}

/**
 * How often and how long each program ran between two looks, given in any order; programs that did not run are left
 * out.
 */
export function runsBetween(
  before: readonly ProgramStatistics[],
  after: readonly ProgramStatistics[],
): ProgramStatistics[] {
  const known = new Map(before.map((program) => [program.id, program]));
  return after
    .map(({ id, runTimeNs, runCount }) => ({
      id,
      runTimeNs: runTimeNs - (known.get(id)?.runTimeNs ?? 0),
      runCount: runCount - (known.get(id)?.runCount ?? 0),
    }))
    .filter(({ runCount }) => runCount > 0);
}

/** What /proc/PID/fdinfo/FD tells of a BPF program or of a link to one. */
export function parseFdinfo(text: string): {
  id: number | undefined;
  statistics: ProgramStatistics | undefined;
} {
  const field = (name: string): number | undefined => {
    const value = new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const id = field("prog_id");
  const runTimeNs = field("run_time_ns");
  const runCount = field("run_cnt");
  if (id === undefined || runTimeNs === undefined || runCount === undefined)
    return { id, statistics: undefined };
  return { id, statistics: { id, runTimeNs, runCount } };
}

/** Names of programs by id, where bpftool is installed. */
export function programNames(): ReadonlyMap<number, string> {
  try {
    const programs = JSON.parse(
      execFileSync("bpftool", ["prog", "show", "-j"], { encoding: "utf8", maxBuffer: 1 << 26 }),
    ) as readonly { id: number; name?: string }[];
    return new Map(programs.map(({ id, name }) => [id, name ?? `program ${String(id)}`]));
  } catch {
    return new Map();
  }
}

/** Descriptors come and go while they are listed. */
function readIfOpen(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
