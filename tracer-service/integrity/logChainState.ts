import { createHmac } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { lockState } from "../history/openHistory.ts";
import { replaceFile } from "../history/replaceFile.ts";
import { SealKey } from "../history/sealKey.ts";
import { headJson, parseHead, type LogHead } from "./checkpoint.ts";

/** Name of the file with the log's key in a state directory. */
export const LOG_KEY = "log-seal.key";
const HEAD = "log-head.json";

/** The log's first key, made of the one that was shown: one key verifies both, and neither seals for the other. */
export function firstLogKey(firstKey: Uint8Array): Buffer {
  return createHmac("sha256", firstKey).update("log").digest();
}

/** A log checkpoint's seal by the key of its epoch, which the hash covers. */
export function logSeal(key: Uint8Array, hash: Uint8Array): Buffer {
  return createHmac("sha256", key).update("log checkpoint").update(hash).digest();
}

/** A file that should hold a head and does not. */
class BrokenHeadError extends Error {}

/** The last head that a state directory knows of its log; undefined when there is none. Throws one line for a file that is none. */
export function readLogHead(directory: string): LogHead | undefined {
  const file = join(directory, HEAD);
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
    throw new BrokenHeadError(`${file} holds no head of a log`, { cause });
  }
}

/** What of the log's chain outlives a run of the service: its head, and the key of the next seal. */
export class LogChainState {
  readonly head: LogHead | undefined;
  /** Undefined where the log is not to be sealed. */
  readonly key: SealKey | undefined;
  /** Where a head was put that could not be read: the chain begins anew. */
  readonly setAside: string | undefined;
  readonly #directory: string;
  readonly #lock: DatabaseSync;

  private constructor(directory: string, lock: DatabaseSync) {
    this.#directory = directory;
    this.#lock = lock;
    try {
      this.head = readLogHead(directory);
    } catch (error) {
      if (!(error instanceof BrokenHeadError)) throw error;
      this.setAside = join(directory, `${HEAD}.damaged`);
      renameSync(join(directory, HEAD), this.setAside);
    }
    this.key = SealKey.open(directory, LOG_KEY);
  }

  /** Throws one line when the directory can't be used, or another service uses it. A head that is none is put aside. */
  static open(directory: string): LogChainState {
    const lock = lockState(directory, "log");
    try {
      return new LogChainState(directory, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Keeps a head that is in the log by now, and the present key in the place of the earlier one. Holds nothing up. */
  async save(head: LogHead): Promise<void> {
    await replaceFile(this.#directory, HEAD, `${headJson(head)}\n`);
    await this.key?.save();
  }

  close(): void {
    this.key?.close();
    this.#lock.close();
  }
}
