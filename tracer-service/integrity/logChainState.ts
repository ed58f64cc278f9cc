import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { lockState } from "../history/openHistory.ts";
import { SealKey } from "../history/sealKey.ts";
import { headJson, parseHead, type LogHead } from "./checkpoint.ts";

/** Name of the file with the log's key in a state directory. */
export const LOG_KEY = "log-seal.key";

/** The log's first key, made of the one that was shown: one key verifies both, and neither seals for the other. */
export function firstLogKey(firstKey: Uint8Array): Buffer {
  return createHmac("sha256", firstKey).update("log").digest();
}

/** A log checkpoint's seal by the key of its epoch, which the hash covers. */
export function logSeal(key: Uint8Array, hash: Uint8Array): Buffer {
  return createHmac("sha256", key).update("log checkpoint").update(hash).digest();
}

/** The last head that a state directory knows of its log; undefined when there is none. Throws one line for a file that is none. */
export function readLogHead(directory: string): LogHead | undefined {
  const file = join(directory, "log-head.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return parseHead(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} holds no head of a log`, { cause });
  }
}

/** What of the log's chain outlives a run of the service: its head, and the key of the next seal. */
export class LogChainState {
  readonly head: LogHead | undefined;
  /** Undefined where the log is not to be sealed. */
  readonly key: SealKey | undefined;
  readonly #directory: string;
  readonly #lock: DatabaseSync;

  private constructor(
    directory: string,
    lock: DatabaseSync,
    head: LogHead | undefined,
    key: SealKey | undefined,
  ) {
    this.#directory = directory;
    this.#lock = lock;
    this.head = head;
    this.key = key;
  }

  /** Throws one line when the directory can't be used, or another service uses it. */
  static open(directory: string): LogChainState {
    const lock = lockState(directory, "log");
    try {
      return new LogChainState(directory, lock, readLogHead(directory), SealKey.open(directory, LOG_KEY));
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Keeps a head that is in the log by now, and the present key in the place of the earlier one. Holds nothing up. */
  async save(head: LogHead): Promise<void> {
    const file = join(this.#directory, "log-head.json");
    await writeFile(`${file}.new`, `${headJson(head)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    await this.key?.save();
  }

  close(): void {
    this.key?.close();
    this.#lock.close();
  }
}
