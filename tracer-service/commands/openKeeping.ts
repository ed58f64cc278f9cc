import { readFileSync } from "node:fs";

import type { HistoryArchive } from "../history/historyArchive.ts";
import type { HistoryWriter } from "../history/historyWriter.ts";
import type { Diagnostics } from "../pipeline/traceSession.ts";
import type { HistoryOptions } from "./historyOptions.ts";

/** This run of the service, and the history that it writes; undefined where there is none. */
export interface Keeping {
  /** Names this run. */
  readonly run: string;
  readonly bootId: string;
  readonly writer: HistoryWriter | undefined;
  readonly archive: HistoryArchive | undefined;
}

const MIB = 1_048_576;

/** Opens the history that the flags ask for; `ring` names a ring that outlives the service. Where it can't be opened that is said, and the service does without. */
export async function openKeeping(
  { stateDir, historySize, historyAge }: HistoryOptions,
  run: string,
  log: Diagnostics,
  ring?: string,
): Promise<Keeping> {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const nothing = { run, bootId, writer: undefined, archive: undefined };
  if (stateDir === "none") return nothing;
  const [{ HistoryWriter }, { HistoryArchive }, { historyFile }] = await Promise.all([
    import("../history/historyWriter.ts"),
    import("../history/historyArchive.ts"),
    import("../history/openHistory.ts"),
  ]);
  const limits = { maxBytes: historySize * MIB, maxAgeNs: BigInt(historyAge) * 1_000_000n };
  const writer = await HistoryWriter.open({
    directory: stateDir,
    run,
    bootId,
    limits,
    log,
    ring: ring ?? run,
  });
  if (writer === undefined) return nothing;
  return { run, bootId, writer, archive: new HistoryArchive(historyFile(stateDir), writer) };
}
