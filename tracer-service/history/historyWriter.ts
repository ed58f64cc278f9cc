import { Worker } from "node:worker_threads";

import type { TracerEvent } from "../../protocol/events.ts";
import type { HistoryHead } from "../../protocol/stream.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { HistoryBatchBuilder, type HistoryBatch } from "./historyBatch.ts";
import { PendingBatches } from "./pendingBatches.ts";
import type { HistoryOpened } from "./historyStore.ts";
import { UnkeptEvents } from "./unkeptEvents.ts";
import { workerExtension } from "./workerExtension.ts";
import type { FromHistoryWorker, HistoryWorkerData, StoreState, ToHistoryWorker } from "./workerMessages.ts";

/** For metrics. Counters begin at the start of the service. */
export interface HistoryStatistics {
  /** The history can be written. */
  readonly up: boolean;
  /** Of the database. */
  readonly bytes: number;
  /** Bytes of events that wait to be written. */
  readonly waitingBytes: number;
  readonly kept: number;
  readonly missing: Readonly<Record<"slow" | "write_failed", number>>;
  readonly removed: Readonly<Record<"size" | "age", number>>;
  readonly batches: number;
  /** Time that the batches took to be written, all together. */
  readonly writeSeconds: number;
  /** The longest of them, and the last. */
  readonly longestWriteSeconds: number;
  readonly lastWriteSeconds: number;
  /** For how long the oldest batch waits that is not written yet; 0 when none does. */
  readonly behindSeconds: number;
}

/** Events of consecutive numbers. */
export interface SeqRange {
  readonly firstSeq: number;
  lastSeq: number;
}

/** What a writer needs. */
export interface HistoryWriterOptions extends HistoryWorkerData {
  readonly log: Diagnostics;
  /** Names the ring that the events come from. */
  readonly ring: string;
  readonly maxWaitingBytes?: number;
}

/** How long an event waits at most for others to be written with, and how long a batch follows the one before. */
const LONGEST_DELAY_MS = 500;
const SHORTEST_DELAY_MS = 100;
const MAX_WAITING_BYTES = 33_554_432;
/** Of events in memory, with those that wait. */
const MAX_UNKEPT_BYTES = 67_108_864;
const CLOSE_DEADLINE_MS = 10_000;

/** Hands events in batches to the thread that writes the history, and knows up to where they are kept. */
export class HistoryWriter {
  readonly opened: HistoryOpened;
  /** What can't be read from the database. */
  readonly unkept: UnkeptEvents;
  readonly #options: HistoryWriterOptions;
  readonly #worker: Worker;
  readonly #builder = new HistoryBatchBuilder();
  /** In the order in which the worker answers. */
  readonly #sent: HistoryBatch[] = [];
  readonly #pending: PendingBatches;
  readonly #missing = { slow: 0, write_failed: 0 };
  readonly #removed = { size: 0, age: 0 };
  readonly #closed = Promise.withResolvers<undefined>();
  #kept = 0;
  #batches = 0;
  #writeMs = 0;
  #longestWriteMs = 0;
  #lastWriteMs = 0;
  #state: StoreState;
  #failing: string | undefined;
  #gone = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #sentMs = -Infinity;
  /** Something is to be sent as soon as what was sent before is kept. */
  #isDue = false;
  /** There was no room for an event, so that its number is missing behind what is collected. */
  #isFull = false;
  #unrecorded: SeqRange[] = [];

  private constructor(options: HistoryWriterOptions, worker: Worker, opened: HistoryOpened) {
    this.#options = options;
    this.#worker = worker;
    this.opened = opened;
    this.#state = { bytes: 0, oldestSeq: opened.oldestSeq, head: opened.head };
    this.#pending = new PendingBatches();
    this.unkept = new UnkeptEvents(() => this.#builder.collected, MAX_UNKEPT_BYTES);
    worker.on("message", (message: FromHistoryWorker) => {
      this.#receive(message);
    });
    worker.on("error", (error: Error) => {
      this.#giveUp(error.message);
    });
    worker.on("exit", () => {
      this.#giveUp("its thread has ended");
    });
  }

  /** Opens the history, or says in the diagnostics why there is none and resolves with undefined. */
  static async open(options: HistoryWriterOptions): Promise<HistoryWriter | undefined> {
    const { directory, run, bootId, limits, numbers, log } = options;
    const worker = new Worker(new URL(`./historyWorker.${workerExtension()}`, import.meta.url), {
      workerData: { directory, run, bootId, limits, ...(numbers && { numbers }) } satisfies HistoryWorkerData,
      resourceLimits: { maxYoungGenerationSizeMb: 3 },
    });
    const first = await new Promise<FromHistoryWorker>((resolve) => {
      worker.once("message", resolve);
      worker.once("error", ({ message }: Error) => {
        resolve({ type: "unusable", fault: "unwritable", message });
      });
    });
    if (first.type !== "opened") {
      const problem = first.type === "unusable" ? first.message : first.type;
      log.error({ problem }, "there is no history: events are logged and streamed, and not kept");
      await worker.terminate();
      return undefined;
    }
    const { head, unclean, setAside } = first.opened;
    if (setAside !== undefined) {
      log.error({ setAside }, "the history was damaged: it was put aside, and a new one begins");
    } else if (unclean) {
      log.warn(
        { lastSeq: head.seq },
        "the service was not stopped properly the last time: what it logged after this number may be missing in the history",
      );
    }
    return new HistoryWriter(options, worker, first.opened);
  }

  get statistics(): HistoryStatistics {
    return {
      up: !this.#gone && this.#failing === undefined,
      bytes: this.#state.bytes,
      waitingBytes: this.#builder.bytes + this.#pending.bytes,
      kept: this.#kept,
      missing: { ...this.#missing },
      removed: { ...this.#removed },
      batches: this.#batches,
      writeSeconds: this.#writeMs / 1000,
      longestWriteSeconds: this.#longestWriteMs / 1000,
      lastWriteSeconds: this.#lastWriteMs / 1000,
      behindSeconds: this.#behindMs() / 1000,
    };
  }

  /** Number of the first event that is kept; 0 when none is. */
  get oldestSeq(): number {
    return this.#state.oldestSeq;
  }

  /** Events that are missing in the database, which does not know of it yet. */
  get unrecorded(): readonly SeqRange[] {
    return this.#unrecorded;
  }

  /** Up to where the history goes. */
  get head(): HistoryHead {
    return this.#state.head;
  }

  /** Up to this position of the ring every event is kept, or counted as missing. */
  get keptPosition(): bigint {
    return this.#pending.keptPosition;
  }

  /**
   * Takes the next event with its log line of any length. While the disk takes nothing a user has room for as much as is
   * free: who floods then misses events, and others don't. Only where nothing is free does everybody.
   */
  write(event: TracerEvent, line: string): void {
    const { maxWaitingBytes = MAX_WAITING_BYTES } = this.#options;
    const room = this.#gone ? Infinity : maxWaitingBytes - this.#pending.bytes;
    this.#isFull ||= this.#builder.count > 0 && !this.#builder.hasRoom(room);
    if (!this.#isFull && this.#builder.add(event, line, room)) return;
    this.#missing.slow++;
    this.#isUnrecorded(event.seq, 1);
    this.#fail("it is written too slowly");
  }

  /** Everything up to this position of the ring has been written. */
  mark(position: bigint): void {
    this.#pending.mark(position, this.#builder.count === 0);
    if (this.#builder.isFull) this.#send();
    else if (this.#builder.count > 0) this.#sendWithin(LONGEST_DELAY_MS);
  }

  /** Has what was written kept soon. */
  flush(): void {
    if (this.#builder.count > 0)
      this.#sendWithin(Math.max(0, SHORTEST_DELAY_MS - (performance.now() - this.#sentMs)));
  }

  /** Resolves when everything written until now is kept, or counted as missing. */
  async settled(): Promise<void> {
    // What was sent before has to be kept first.
    await this.#pending.settled();
    this.#send();
    await this.#pending.settled();
  }

  /** Has everything kept that was written, and ends; not later than after ten seconds: a disk may take some of them for one commit. */
  async close(): Promise<void> {
    if (this.#gone) return;
    this.#sendNow();
    this.#post({ type: "close" });
    const deadline = setTimeout(() => {
      this.#giveUp("it did not end in time");
    }, CLOSE_DEADLINE_MS);
    await this.#closed.promise;
    clearTimeout(deadline);
    await this.#worker.terminate();
  }

  #behindMs(): number {
    const { oldestMs } = this.#pending;
    return oldestMs === undefined ? 0 : performance.now() - oldestMs;
  }

  #sendWithin(ms: number): void {
    const atMs = performance.now() + ms;
    if (atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#send();
    }, ms).unref();
  }

  /** One batch at a time: what a slow disk keeps waiting goes with one commit, and not with one for each MiB of it. */
  #send(): void {
    if (this.#sent.length > 0) this.#isDue = true;
    else this.#sendNow();
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = Infinity;
    this.#isDue = this.#isFull = false;
    const { count } = this.#builder;
    if (count === 0) return;
    const batch = this.#builder.take(this.#options.ring, this.#pending.markedPosition);
    this.unkept.add(batch);
    if (this.#gone) {
      this.#missing.write_failed += count - batch.skipped;
      this.#pending.skip();
      this.#miss(batch);
      return;
    }
    this.#sentMs = performance.now();
    this.#pending.push(batch.lines.length, count - batch.skipped, this.#sentMs);
    this.#sent.push(batch);
    this.#post({ type: "batch", batch });
  }

  #miss(batch: HistoryBatch): void {
    const { firstSeq, count } = batch;
    const lastSeq = firstSeq + count - 1;
    this.#unrecorded = this.#unrecorded.filter((each) => each.firstSeq < firstSeq || each.lastSeq > lastSeq);
    this.#isUnrecorded(firstSeq, count);
    this.unkept.failed(batch);
  }

  #isUnrecorded(firstSeq: number, count: number): void {
    const last = this.#unrecorded.at(-1);
    if (last?.lastSeq === firstSeq - 1) last.lastSeq += count;
    else this.#unrecorded.push({ firstSeq, lastSeq: firstSeq + count - 1 });
  }

  #post(message: ToHistoryWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromHistoryWorker): void {
    switch (message.type) {
      case "kept": {
        const events = this.#pending.shift();
        const batch = this.#sent.shift();
        this.#state = message.state;
        this.#batches++;
        this.#writeMs += message.tookMs;
        this.#lastWriteMs = message.tookMs;
        this.#longestWriteMs = Math.max(this.#longestWriteMs, message.tookMs);
        if (message.error === undefined) {
          this.#kept += events;
          if (batch !== undefined) this.#keep(batch);
          if (!this.#isFull && this.#builder.skipped === 0) this.#recover();
        } else {
          this.#missing.write_failed += events;
          if (batch !== undefined) this.#miss(batch);
          this.#fail(message.error);
        }
        if (this.#isDue) this.#send();
        break;
      }
      case "pruned":
        if (message.damagedBytes !== undefined) {
          this.#options.log.warn(
            { bytes: message.damagedBytes },
            "the damaged history that had been put aside was removed to make room for events",
          );
        }
        this.#removed.size += message.size;
        this.#removed.age += message.age;
        break;
      case "replaced":
        this.#options.log.error(
          { setAside: message.setAside, problem: message.message },
          "the history is damaged: it was put aside, and a new one begins",
        );
        break;
      case "closed":
        if (message.error !== undefined) {
          this.#options.log.error({ problem: message.error }, "the history could not be closed properly");
        }
        this.#gone = true;
        this.#closed.resolve(undefined);
        break;
      case "opened":
      case "unusable":
        break;
    }
  }

  /** It is in the database, which with it learned what is missing before and in it. */
  #keep(batch: HistoryBatch): void {
    const end = batch.firstSeq + batch.count;
    if (this.#unrecorded.length > 0)
      this.#unrecorded = this.#unrecorded.filter(({ lastSeq }) => lastSeq >= end);
    this.unkept.kept(batch);
    this.#builder.reuse(batch);
  }

  #fail(problem: string): void {
    if (this.#failing === undefined) {
      this.#options.log.error(
        { problem },
        "the history can't be written: events are logged all the same, and counted as missing in it",
      );
    }
    this.#failing = problem;
  }

  #recover(): void {
    if (this.#failing === undefined) return;
    this.#failing = undefined;
    this.#options.log.info({ missing: this.statistics.missing }, "the history is written again");
  }

  #giveUp(problem: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#missing.write_failed += this.#pending.giveUp();
    for (const batch of this.#sent.splice(0)) this.#miss(batch);
    // What waited for these waits for nothing any more.
    this.#sendNow();
    this.#fail(problem);
    this.#closed.resolve(undefined);
  }
}
