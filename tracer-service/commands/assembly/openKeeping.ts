import { readFileSync } from "node:fs";

import type { HistoryArchive } from "../../history/historyArchive.ts";
import type { HistoryWriter } from "../../history/historyWriter.ts";
import type { Diagnostics } from "../../diagnostics.ts";
import type { HistoryOptions } from "../options/historyOptions.ts";
import type { LastingRing } from "../../history/numbersLeft.ts";
import { openNumbers, type Numbers } from "./openNumbers.ts";

/** This run of the service, its numbers, and the history that it writes; undefined where there is none. */
export interface Keeping {
  /** Names this run. */
  readonly run: string;
  readonly bootId: string;
  readonly numbers: Numbers;
  readonly writer: HistoryWriter | undefined;
  readonly archive: HistoryArchive | undefined;
}

const MIB = 1_048_576;

/** Opens the history that the flags ask for, and the numbers of events. Where it can't be opened that is said, and the service does without. */
export async function openKeeping(
  { stateDir, historySize, historyAge }: HistoryOptions,
  run: string,
  log: Diagnostics,
  ring?: LastingRing,
): Promise<Keeping> {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const numbers = await openNumbers(stateDir, run, log, ring);
  if (stateDir === "none") {
    numbers.begin(undefined);
    return { run, bootId, numbers, writer: undefined, archive: undefined };
  }
  const [{ HistoryWriter }, { HistoryArchive }, { historyFile }] = await Promise.all([
    import("../../history/historyWriter.ts"),
    import("../../history/historyArchive.ts"),
    import("../../history/openHistory.ts"),
  ]);
  const limits = { maxBytes: historySize * MIB, maxAgeNs: BigInt(historyAge) * 1_000_000n };
  const writer = await HistoryWriter.open({
    directory: stateDir,
    run,
    bootId,
    limits,
    numbers: numbers.before,
    log,
    ring: ring?.name ?? run,
  });
  numbers.begin(writer?.opened);
  const archive = writer && new HistoryArchive(historyFile(stateDir), writer);
  return { run, bootId, numbers, writer, archive };
}
