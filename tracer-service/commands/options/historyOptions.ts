import { InvalidArgumentError, type Command } from "commander";

import { numberBetween } from "./numberBetween.ts";

/** What is to be kept, and where. */
export interface HistoryOptions {
  /** A directory, or `none`. */
  readonly stateDir: string;
  /** MiB. */
  readonly historySize: number;
  /** ms. */
  readonly historyAge: number;
}

/** Where the history is if no flag says otherwise. */
export const DEFAULT_STATE_DIR = "/var/lib/process-logging";

const MS_PER_UNIT: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_DAYS = 3_650;

/** Adds the flags of `HistoryOptions` to a command; `byDefault` says where the history is without them. */
export function addHistoryOptions(command: Command, byDefault: string): Command {
  return command
    .option("--state-dir <directory>", "where the history is kept, or none", byDefault)
    .option(
      "--history-size <mib>",
      "most that the history takes, in MiB; who takes the most makes room first",
      numberBetween(16, 1_048_576),
      1024,
    )
    .option(
      "--history-age <time>",
      "how long events are kept, such as 12h or 30d",
      parseAge,
      30 * 86_400_000,
    );
}

/** `90m`, `12h`, `30d` → ms. */
function parseAge(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,7})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (MS_PER_UNIT[unit] ?? Number.NaN);
  if (!(ms > 0 && ms <= LONGEST_DAYS * 86_400_000)) {
    throw new InvalidArgumentError(
      `Expected a time such as 90m, 12h or 30d, at most ${String(LONGEST_DAYS)}d.`,
    );
  }
  return ms;
}
