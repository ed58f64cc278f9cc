import type { Diagnostics } from "../diagnostics.ts";
import type { NumberFile } from "./numberFile.ts";
import type { NumbersLeft } from "./numbersLeft.ts";

/** What a reserve needs. */
export interface NumberReserveOptions {
  readonly file: Pick<NumberFile, "save" | "saveNow" | "close">;
  /** This run, and the ring that its events come from. */
  readonly run: string;
  readonly ring: string;
  /** Number of the latest event of earlier runs. */
  readonly lastSeq: number;
  readonly log: Diagnostics;
  /** Any clock, ms. */
  readonly nowMs: () => number;
}

/** Numbers that are reserved at a time, and so at most left out after a crash; the next ones are with half of them left. */
const BLOCK = 1_048_576;
const RETRY_MS = 10_000;
const CLOSE_DEADLINE_MS = 5_000;

/** Gives numbers in blocks that are on the disk before they are used, so that no later run gives one again. */
export class NumberReserve {
  readonly #options: NumberReserveOptions;
  #lastSeq: number;
  /** Up to here they are reserved. */
  #through: number;
  /** Where the next block is asked for. */
  #askAt: number;
  #saving: Promise<void> | undefined;
  #retryAtMs = -Infinity;
  #failing = false;
  #closing = false;

  /** Reserves the first block, or says why it can't. */
  constructor(options: NumberReserveOptions) {
    this.#options = options;
    this.#lastSeq = this.#through = this.#askAt = options.lastSeq;
    const left = this.#next();
    try {
      options.file.saveNow(left);
      this.#saved(left);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** To be called with each number before its event is told. */
  reach(seq: number): void {
    this.#lastSeq = seq;
    if (seq >= this.#askAt) this.#save();
  }

  /** Notes the last number, behind which the next run goes on, and closes; not later than after five seconds. */
  async close(): Promise<void> {
    this.#closing = true;
    const { run, ring, file } = this.#options;
    const last = { run, ring, through: this.#lastSeq, ended: true };
    const ended = (async () => {
      await this.#saving;
      try {
        await file.save(last);
      } catch (error) {
        this.#fail(error);
      }
    })();
    const deadline = Promise.withResolvers<undefined>();
    const timer = setTimeout(deadline.resolve, CLOSE_DEADLINE_MS, undefined);
    await Promise.race([ended, deadline.promise]);
    clearTimeout(timer);
    file.close();
  }

  #next(): NumbersLeft {
    const { run, ring } = this.#options;
    return { run, ring, through: this.#lastSeq + BLOCK, ended: false };
  }

  #save(): void {
    if (this.#saving !== undefined || this.#closing || this.#options.nowMs() < this.#retryAtMs) return;
    const left = this.#next();
    this.#saving = this.#options.file
      .save(left)
      .then(
        () => {
          this.#saved(left);
        },
        (error: unknown) => {
          this.#fail(error);
        },
      )
      .finally(() => {
        this.#saving = undefined;
      });
  }

  #saved({ through }: NumbersLeft): void {
    if (this.#lastSeq > this.#through) {
      const count = this.#lastSeq - this.#through;
      this.#options.log.warn({ count }, "numbers of events were given before they were reserved on the disk");
    }
    this.#through = through;
    this.#askAt = through - BLOCK / 2;
    if (!this.#failing) return;
    this.#failing = false;
    this.#options.log.info({ through }, "numbers of events are reserved again");
  }

  #fail(error: unknown): void {
    this.#retryAtMs = this.#options.nowMs() + RETRY_MS;
    this.#askAt = 0;
    if (this.#failing) return;
    this.#failing = true;
    this.#options.log.error(
      { err: error, run: this.#options.run, reservedThrough: this.#through },
      "numbers of events can't be reserved: events are logged all the same, and the next run may give numbers above this one again, so tell events apart by their run",
    );
  }
}
