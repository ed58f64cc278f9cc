import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { formatNumbersLeft, parseNumbersLeft, type NumbersLeft } from "./numbersLeft.ts";
import { lockState } from "./openHistory.ts";
import { replaceFile } from "./replaceFile.ts";

const NAME = "numbers.json";
/** Empty; there while events may be told in another order than that in which they are in the ring. */
const OVERTAKEN = "numbers.overtaken";

/** The file of a state directory that says which numbers are given; one service at a time has it. */
export class NumberFile {
  /** What the run before has left; undefined where none has. */
  readonly left: NumbersLeft | undefined;
  /** Why what is there could not be read. */
  readonly damage: string | undefined;
  /** Whether the run before ended while events that waited were overtaken by others. */
  readonly overtaken: boolean;
  readonly #directory: string;
  readonly #file: string;
  readonly #lock: DatabaseSync;

  private constructor(directory: string, lock: DatabaseSync) {
    this.#directory = directory;
    this.#file = join(directory, NAME);
    this.#lock = lock;
    this.overtaken = existsSync(join(directory, OVERTAKEN));
    let text: string | undefined;
    try {
      text = readFileSync(this.#file, "utf8");
      this.left = parseNumbersLeft(text);
    } catch (error) {
      if (text === undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return;
      this.damage = `${this.#file}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Throws `HistoryError` when the directory can't be used, or another service uses it. */
  static open(directory: string): NumberFile {
    return new NumberFile(directory, lockState(directory, "numbers"));
  }

  /** On the disk when it returns; whole or as before, whenever the power fails. Throws when it can't. */
  saveNow(left: NumbersLeft): void {
    const fd = openSync(`${this.#file}.new`, "w", 0o600);
    try {
      writeSync(fd, formatNumbersLeft(left));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${this.#file}.new`, this.#file);
    const directory = openSync(this.#directory, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  /** The same in other threads: holds nothing up. */
  async save(left: NumbersLeft): Promise<void> {
    await replaceFile(this.#directory, NAME, formatNumbersLeft(left));
  }

  /**
   * Notes whether events are overtaken. Nothing of it need be on the disk: a ring that is read on has survived, and so has
   * the machine. Throws when it can't.
   */
  noteOvertaken(overtaken: boolean): void {
    const file = join(this.#directory, OVERTAKEN);
    if (overtaken) writeFileSync(file, "", { mode: 0o600 });
    else rmSync(file, { force: true });
  }

  close(): void {
    this.#lock.close();
  }
}
