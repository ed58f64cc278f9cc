import type { Hash } from "node:crypto";

import { escapeJson } from "../../protocol/escapeJson.ts";
import type { LineSink } from "../output/lineSink.ts";
import type { LineSinkClock } from "../output/lineSinkClock.ts";
import type { LogSink } from "../output/logOutput.ts";
import { TimestampFormatter } from "../output/timestamp.ts";
import type { Diagnostics } from "../diagnostics.ts";
import {
  checkpointHash,
  checkpointParts,
  formatCheckpoint,
  hashAfter,
  NO_HEAD,
  type CheckpointFacts,
  type LogHead,
} from "./checkpoint.ts";
import { logSeal, type LogChainState } from "./logChainState.ts";

/** What a chain needs. */
export interface LogChainOptions {
  readonly node: string;
  readonly bootId: string;
  /** Names this run of the service. */
  readonly run: string;
  /** Undefined where nothing can be kept from run to run: each then has a chain of its own, without seals. */
  readonly state: Pick<LogChainState, "head" | "key" | "save" | "close"> | undefined;
  readonly clock: LineSinkClock;
  /** Wall clock, ns since 1970 UTC. */
  readonly dateNs: () => bigint;
  readonly log: Diagnostics;
}

/** A changed line is found among at most so many, or so many bytes. */
const MAX_LINES = 1_000;
const MAX_BYTES = 1_048_576;
/** A line is covered, and what covers it sealed, at the latest so long after it was written. */
const INTERVAL_MS = 10_000;
/** After which a head that was written is kept, and how long the next try waits. */
const SAVE_MS = 50;
const RETRY_MS = 500;
const TRIES_AT_THE_END = 4;

/** A sealed checkpoint on its way: it is kept, and its key gone, once so many bytes are in the log. */
interface Anchor {
  readonly head: LogHead;
  readonly atBytes: number;
}

/** Puts checkpoints between the lines of a log: each covers the lines since the one before it, and so all before. */
export class LogChain implements LogSink {
  readonly #sink: LogSink & Pick<LineSink, "takenBytes" | "pendingBytes">;
  readonly #options: LogChainOptions;
  readonly #node: string;
  readonly #timestamps = new TimestampFormatter();
  #head: LogHead = NO_HEAD;
  #hash: Hash = hashAfter(NO_HEAD.hash);
  #number = 0;
  #lines = 0;
  #firstSeq = 0;
  #lastSeq = 0;
  /** What the sink had taken after the last checkpoint. */
  #coveredBytes: number;
  #anchor: Anchor | undefined;
  #anchorMs = -Infinity;
  #saving: Promise<void> | undefined;
  #failing = false;
  #stopTimer: (() => void) | undefined;

  /** Begins the chain at once. */
  constructor(sink: LogSink & Pick<LineSink, "takenBytes" | "pendingBytes">, options: LogChainOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#node = `"node":${escapeJson(options.node)},"boot_id":${escapeJson(options.bootId)}`;
    this.#coveredBytes = sink.takenBytes;
    const after = options.state?.head;
    if (after !== undefined) {
      this.#hash = hashAfter(after.hash);
      this.#lastSeq = after.lastSeq;
    }
    this.#checkpoint("begin", after);
  }

  get saturated(): boolean {
    return this.#sink.saturated;
  }

  whenWritable(): Promise<void> {
    return this.#sink.whenWritable();
  }

  /** Writes one whole line; `seq` is its event's number, if it tells of one. */
  write(line: string, seq?: number): void {
    this.#sink.write(line);
    this.#hash.update(line);
    this.#lines++;
    if (seq !== undefined) {
      if (this.#firstSeq === 0) this.#firstSeq = seq;
      this.#lastSeq = seq;
    }
    if (this.#lines >= MAX_LINES || this.#sink.takenBytes - this.#coveredBytes >= MAX_BYTES) {
      this.#checkpoint("lines");
    } else if (this.#stopTimer === undefined) this.#callBack(INTERVAL_MS);
  }

  /** Covers what was written last; no line may follow. */
  async end(): Promise<void> {
    await this.#settle();
    this.#stopTimer?.();
    this.#anchorMs = -Infinity;
    this.#checkpoint("end");
    this.#stopTimer?.();
  }

  /** Keeps the last head, when the sink has written it, and closes the state. */
  async close(): Promise<void> {
    await this.#settle();
    this.#stopTimer?.();
    this.#options.state?.close();
  }

  #checkpoint(kind: CheckpointFacts["kind"], after?: LogHead): void {
    const { run, state, clock, dateNs } = this.#options;
    const nowMs = clock.nowMs();
    // While one is on its way there is no other: the key in the file must not be older than the last seal's.
    const anchored =
      state !== undefined && this.#anchor === undefined && nowMs - this.#anchorMs >= INTERVAL_MS;
    const key = anchored ? state.key : undefined;
    const { takenBytes } = this.#sink;
    const facts = {
      ...{ run, number: this.#number, kind, lines: this.#lines, bytes: takenBytes - this.#coveredBytes },
      ...{ firstSeq: this.#firstSeq, lastSeq: this.#lastSeq, after, epoch: key?.epoch },
    };
    const parts = checkpointParts(facts, this.#timestamps.format(dateNs()), this.#node);
    const hash = checkpointHash(this.#hash, parts.head, parts.tail);
    this.#sink.write(
      formatCheckpoint(
        parts,
        hash,
        key?.use((bytes) => logSeal(bytes, hash)),
      ),
    );
    key?.step();
    this.#head = { run, number: this.#number, hash: hash.toString("hex"), lastSeq: this.#lastSeq };
    this.#hash = hashAfter(this.#head.hash);
    this.#number++;
    this.#lines = 0;
    this.#firstSeq = 0;
    this.#coveredBytes = this.#sink.takenBytes;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (anchored) {
      this.#anchor = { head: this.#head, atBytes: this.#coveredBytes };
      this.#anchorMs = nowMs;
    }
    if (this.#anchor !== undefined) this.#callBack(SAVE_MS);
  }

  #callBack(afterMs: number): void {
    this.#stopTimer = this.#options.clock.after(afterMs, () => {
      this.#stopTimer = undefined;
      void this.#save();
      if (this.#lines === 0) {
        if (this.#anchor !== undefined) this.#callBack(RETRY_MS);
      } else if (afterMs >= INTERVAL_MS) this.#checkpoint("lines");
      else this.#callBack(INTERVAL_MS);
    });
  }

  /** Keeps the anchor when it is in the log. Never rejects. */
  #save(): Promise<void> {
    const anchor = this.#anchor;
    const { takenBytes, pendingBytes } = this.#sink;
    const { state } = this.#options;
    if (anchor === undefined || state === undefined || takenBytes - pendingBytes < anchor.atBytes) {
      return Promise.resolve();
    }
    this.#saving ??= state
      .save(anchor.head)
      .then(
        () => {
          this.#anchor = undefined;
          this.#tellSaved(undefined);
        },
        (error: unknown) => {
          this.#tellSaved(error);
        },
      )
      .finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #settle(): Promise<void> {
    for (let tries = 0; tries < TRIES_AT_THE_END && this.#anchor !== undefined; tries++) {
      await new Promise<void>((resolve) => {
        const stopWaiting = this.#options.clock.after(RETRY_MS, resolve);
        void this.#save().then(() => {
          if (this.#anchor !== undefined) return;
          stopWaiting();
          resolve();
        });
      });
    }
  }

  #tellSaved(error: unknown): void {
    if (error === undefined ? !this.#failing : this.#failing) return;
    this.#failing = error !== undefined;
    const { log } = this.#options;
    if (error === undefined) log.info({}, "the log is sealed again");
    else
      log.error(
        { err: error },
        "the state of the log's chain can't be kept: the log is not sealed meanwhile",
      );
  }
}
