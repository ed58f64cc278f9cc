import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";

import { historyFile, openHistoryForReading } from "../history/openHistory.ts";
import { SealKey } from "../history/sealKey.ts";
import { verifyHistory, type HistoryVerdict } from "../history/verifyHistory.ts";
import { readSmallFile } from "../identity/smallFile.ts";
import { LOG_KEY, readLogHead } from "../integrity/logChainState.ts";
import type { LogExpectation } from "../integrity/verifyLog.ts";
import { verifyLogFile } from "./verifyLogFile.ts";

/** How every database begins. */
const SQLITE = "SQLite format 3\0";

/** The flags of `tracer-service verify`. */
export interface VerifyCommandOptions {
  /** A database or a log; `-`: a log on stdin. */
  readonly file: string | undefined;
  readonly stateDir: string;
  /** Whether the flag was given: a log may be of another machine. */
  readonly stateDirGiven: boolean;
  readonly keyFile: string | undefined;
  readonly head: readonly string[] | undefined;
}

/** Prints what was found; returns the exit status, 1 where something is wrong. Throws one line. */
export async function verify(options: VerifyCommandOptions): Promise<number> {
  const { stateDir, stateDirGiven, keyFile, head = [] } = options;
  const file = options.file ?? historyFile(stateDir);
  const firstKey = keyFile === undefined ? undefined : readKey(keyFile);
  const heads = head.map(parseHead);
  if (file !== "-" && !existsSync(file)) {
    throw new Error(`there is nothing at ${file}: name a log, or the service's --state-dir`);
  }
  if (file === "-" || !isDatabase(file)) {
    const state = stateDirGiven ? logState(stateDir) : undefined;
    return await verifyLogFile(file, { firstKey, heads, state });
  }
  const key = SealKey.open(dirname(file));
  const keyEpoch = key?.epoch;
  key?.close();
  const reader = openHistoryForReading(file);
  try {
    // One look at all of it, whatever the service writes meanwhile.
    reader.exec("BEGIN");
    return tell(verifyHistory(reader, { firstKey, keyEpoch, heads }));
  } finally {
    reader.close();
  }
}

function tell({ problems, batches, events, removed, head, unchecked, seals }: HistoryVerdict): number {
  const lines = problems.map((problem) => `WRONG  ${problem}`);
  lines.push(
    `${String(events)} events in ${String(batches)} batches; ${String(removed)} more were removed to make room or for their age`,
  );
  lines.push(`head ${String(head.seq)}:${head.hash}`);
  if (unchecked.length > 0) {
    lines.push(
      `could not be compared, since their events are not kept any more: the heads ${unchecked.join(", ")}`,
    );
  }
  if (seals.count === 0) {
    lines.push(
      "not sealed: whoever can write the file could have written all of it anew; compare the head with one noted before",
    );
  } else {
    lines.push(
      `${String(seals.count)} seals; ${String(seals.unsealedBatches)} batches after the last one are not sealed yet`,
    );
    if (seals.byEarlierVersion) {
      lines.push(
        "the last seal is of an earlier version of the service: it does not cover what is said of runs and missing numbers",
      );
    }
    if (!seals.checked) {
      lines.push(
        "without the first key (--key-file) this does not prove that the seals are genuine: the whole could be written anew",
      );
    }
  }
  lines.push(
    problems.length === 0 ? "nothing wrong was found" : `${String(problems.length)} things are wrong`,
  );
  process.stdout.write(`${lines.join("\n")}\n`);
  return problems.length === 0 ? 0 : 1;
}

function readKey(path: string): Buffer {
  const text = readSmallFile(path, 4_096).trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${path}: expected the 64 digits that tracer-service seal showed`);
  return Buffer.from(text, "hex");
}

function parseHead(text: string): { readonly seq: number; readonly hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{16,64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new Error("--head: expected SEQ:HASH, as verify prints it, with at least 16 digits of the hash");
  }
  return { seq: Number(seq), hash };
}

function isDatabase(file: string): boolean {
  const fd = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(SQLITE.length);
    return readSync(fd, bytes, 0, bytes.length, 0) === bytes.length && bytes.toString("latin1") === SQLITE;
  } finally {
    closeSync(fd);
  }
}

function logState(directory: string): NonNullable<LogExpectation["state"]> {
  const key = SealKey.open(directory, LOG_KEY);
  const keyEpoch = key?.epoch;
  key?.close();
  return { head: readLogHead(directory), keyEpoch };
}
