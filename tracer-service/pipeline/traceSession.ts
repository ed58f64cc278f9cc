import { closeSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import type { ExecEvent, TracerEvent } from "../../protocol/events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { decodeRecord } from "../decode/decodeRecord.ts";
import type { KernelRecord } from "../decode/kernelRecord.ts";
import type { IdentityProvider } from "../identity/identityProvider.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import { openEventDescriptor, readClocks, waitReadable } from "../kernel/libc.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { readCommandLines } from "../proc/commandLines.ts";
import { BacklogReader } from "./backlogReader.ts";
import type { EarlierNumbers } from "./earlierNumbers.ts";
import { EventFactory } from "./eventFactory.ts";
import type { EventOutput } from "./eventOutput.ts";
import { EventWriter, type WriterCounts } from "./eventWriter.ts";
import { LossTeller } from "./lossTeller.ts";
import { Overtaking } from "./overtaking.ts";
import { restAfter } from "./restPlan.ts";
import { RingPressure } from "./ringPressure.ts";
import { RingKeeping, type EventKeeper } from "./ringKeeping.ts";
import { SequenceGaps } from "./sequenceGaps.ts";
import type { PendingLimits } from "./pendingEvents.ts";
import { readSnapshot, type ProcArguments, type ReadCommandLines, type SnapshotProcess } from "./snapshot.ts";
import { tellUnseenChange } from "./tellUnseenChange.ts";
import { isWritableWithin, rest } from "./waiting.ts";
import { WallClock } from "./wallClock.ts";

/** Replaces parts of arguments. */
export interface ArgumentRedactor {
  readonly counts: { readonly redacted: number; readonly unexamined: number };
  exec(event: ExecEvent): ExecEvent;
  running(process: ProcArguments): ProcArguments;
}

export interface TraceSessionOptions {
  readonly kernel: KernelTracer;
  readonly provider: IdentityProvider;
  readonly output: EventOutput;
  readonly log: Diagnostics;
  /** How long to rest between two looks at a ring that is filling, ms: latency against CPU. Longer when it fills fast. */
  readonly restMs: number;
  /** Whether somebody follows the events as they come; without it nobody does. */
  readonly watched?: () => boolean;
  /** Whether /proc shows host pids, so that the arguments of running processes can be read. */
  readonly hostPids: boolean;
  /** Without one, records leave the ring as soon as they were read. */
  readonly keeper?: EventKeeper;
  /** Told when events begin to be told in another order than that in which they are in a ring that lasts, and when none are. */
  readonly noteOvertaken?: (overtaken: boolean) => void;
  /** Where an earlier run has ended in between: what it has kept of the events that are read again. */
  readonly overtaken?: EarlierNumbers;
  /** Number of the latest event of earlier runs, where numbers go on; without it 0. */
  readonly lastSeq?: number;
  /** Up to this position of the ring an earlier run has kept everything; not all of it may have reached the log. */
  readonly keptPosition?: bigint;
  /** Takes secrets out of arguments before anybody gets them. */
  readonly redactor?: ArgumentRedactor;
  /** Called with every record before it becomes an event, for what else hangs on it. */
  readonly onRecord?: (record: KernelRecord) => void;
  /**
   * Called with what ran already at the start, before the first event; again with what had to wait until it was known
   * whose it is.
   */
  readonly onSnapshot?: (snapshot: readonly SnapshotProcess[]) => void;
  /** Of events whose pod is not known yet. */
  readonly pendingLimits?: PendingLimits;
}

/** What the session has seen so far. */
export interface TraceStatistics extends WriterCounts {
  /** Of this run. */
  readonly events: number;
  readonly undecodable: number;
  /** Records that the kernel numbered and that never arrived; each is among the losses told. */
  readonly missing: number;
  /** Arguments in which a secret was replaced, and those of them that there was no time to examine. */
  readonly redacted: number;
  readonly unexamined: number;
  /** Most of the ring that was found in use, bytes. */
  readonly ringPeakBytes: number;
}

/** A wait that ends at the latest after this, should a wake-up have been missed. */
const SILENCE_LIMIT_MS = 250;
/** How long the service works on the ring before others get their turn. */
const TURN_MS = 20;
/** How many turns programs that stay attached get at the end. */
const LAST_TURNS = 50;
/** How long a saturated output is waited for at the end. */
const PATIENCE_MS = 5000;

/** Reads the ring from start to stop: record → attributed event → output. */
export class TraceSession {
  readonly #options: TraceSessionOptions;
  readonly #clock: WallClock;
  readonly #events: EventFactory;
  readonly #writer: EventWriter;
  readonly #keeping: RingKeeping;
  readonly #losses: LossTeller;
  readonly #backlog: BacklogReader;
  readonly #pressure: RingPressure;
  readonly #gaps: SequenceGaps;
  readonly #firstSeq: number;
  readonly #wakeFd = openEventDescriptor();
  readonly #failed = Promise.withResolvers<Error>();
  #running: Promise<void> | undefined;
  #stopping = false;
  readonly #snapshot: SnapshotProcess[] = [];
  #toldSnapshot = false;
  /** What had been collected before the start is not yet read to its end. */
  #behind = true;
  #undecodable = 0;

  constructor(options: TraceSessionOptions) {
    this.#options = options;
    const { kernel, provider, pendingLimits, keeper, lastSeq = 0 } = options;
    this.#clock = new WallClock(readClocks, kernel.state);
    this.#firstSeq = Math.max(lastSeq, kernel.lastSeq);
    this.#events = new EventFactory(this.#clock, this.#firstSeq, options.overtaken);
    const target = { write: this.#write, repeat: this.#repeat, running: this.#tellRunning };
    const overtaking = new Overtaking((overtaken) => {
      if (kernel.pinned) options.noteOvertaken?.(overtaken);
    }, options.overtaken !== undefined);
    this.#writer = new EventWriter(this.#events, provider, target, {
      ...(pendingLimits && { limits: pendingLimits }),
      waits: () => {
        overtaking.waits();
      },
    });
    // Nothing is final before all is read again that was told in another order.
    const { ring } = kernel;
    const orderlyFrom = options.overtaken ? ring.position + BigInt(ring.pendingBytes) : 0n;
    const allWritten = (): boolean =>
      !kernel.pinned || (this.#writer.pending === 0 && ring.position >= orderlyFrom);
    this.#keeping = new RingKeeping(keeper, allWritten, overtaking);
    this.#gaps = new SequenceGaps(!kernel.adopted);
    if (keeper !== undefined) for (const { ring } of [...kernel.earlier, kernel]) ring.hold();
    this.#losses = new LossTeller({
      kernel,
      provider,
      events: this.#events,
      clock: this.#clock,
      keeping: this.#keeping,
      writer: this.#writer,
      write: this.#write,
    });
    this.#pressure = new RingPressure(kernel.ring.sizeBytes, options.log);
    this.#backlog = new BacklogReader({
      ...options,
      keeping: this.#keeping,
      losses: this.#losses,
      events: this.#events,
      take: this.#take,
      isStopping: () => this.#stopping,
      untilWritable: () => this.#untilWritable(),
    });
  }

  /** Resolves if the ring can't be read any more, with why; the session then only waits for `stop`. */
  get failure(): Promise<Error> {
    return this.#failed.promise;
  }

  /** Processes that ran already at the start. */
  get snapshot(): readonly SnapshotProcess[] {
    return this.#snapshot;
  }

  get statistics(): TraceStatistics {
    return {
      ...this.#writer.counts,
      events: Math.max(0, this.#events.seq - this.#firstSeq),
      undecodable: this.#undecodable,
      missing: this.#gaps.missing,
      redacted: this.#options.redactor?.counts.redacted ?? 0,
      unexamined: this.#options.redactor?.counts.unexamined ?? 0,
      ringPeakBytes: this.#pressure.peakBytes,
    };
  }

  /**
   * Attaches the programs, or finds them attached, and begins to read: at once, or when the provider is ready. Throws
   * one line, with nothing attached anew, when that fails.
   */
  start(): void {
    const { kernel, provider, redactor } = this.#options;
    kernel.attach();
    try {
      provider.start();
      kernel.endScope();
      // After attach: a process is either in the snapshot or seen by the programs, or both, never neither.
      const running = readSnapshot(
        kernel.readSnapshot(),
        this.#readCommandLines,
        (found) => redactor?.running(found) ?? found,
      );
      const begin = (): void => {
        for (const { whereabouts, as } of running)
          this.#writer.take({ type: "running", process: as }, whereabouts);
        this.#toldSnapshot = true;
        this.#options.onSnapshot?.(this.#snapshot);
      };
      // Until then the ring buffer holds what happens.
      if (provider.ready === undefined) begin();
      this.#running = (provider.ready?.then(begin) ?? Promise.resolve()).then(() => this.#run());
    } catch (error) {
      kernel.undoAttach();
      throw error;
    }
    tellUnseenChange(this.#clock, this.#options.log);
    this.#running = this.#running.catch((error: unknown) => {
      this.#failed.resolve(error instanceof Error ? error : new Error(String(error)));
    });
  }

  readonly #readCommandLines: ReadCommandLines = (processes, maxBytes) => {
    const { hostPids, log } = this.#options;
    if (!hostPids) return new Map();
    const { found, unread, failure } = readCommandLines(processes, maxBytes);
    if (failure !== undefined)
      log.warn(
        { unread, err: failure },
        "could not read the arguments of all processes that run: the process that reads them failed",
      );
    else if (unread > 0)
      log.warn(
        { unread },
        "could not read the arguments of all processes that run: one of them never answers",
      );
    return found;
  };

  /** Takes the programs off, then reads what they wrote until then; programs that are pinned go on. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const { kernel, log } = this.#options;
    this.#losses.findRefused();
    if (!kernel.pinned) kernel.detach();
    writeSync(this.#wakeFd, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
    await this.#running;
    try {
      if (kernel.pinned) await this.#drainWhatIsThere();
      else await this.#drainToEnd();
    } catch (error) {
      log.error({ err: error }, "could not read what the kernel had written until the end");
    }
    this.#losses.tellLosses();
    this.#writer.finish();
    this.#losses.tellRecursion();
    this.#keeping.mark(kernel, this.#events.seq);
    kernel.renewLease();
    closeSync(this.#wakeFd);
  }

  /** To be called when the outputs are closed: the next reader begins behind what has been kept. */
  finish(): void {
    this.#keeping.finish();
  }

  async #run(): Promise<void> {
    const { kernel, output, provider, restMs, watched = () => false } = this.#options;
    const { ring, shared } = kernel;
    await this.#backlog.read();
    let restedMs = performance.now();
    let restedPosition = ring.position;
    let records = 0;
    while (!this.#stopping) {
      kernel.renewLease();
      if (shared.stoppedNs !== 0n) this.#resume();
      if (output.saturated) {
        await this.#untilWritable();
        continue;
      }
      const count = this.#drain();
      if (this.#losses.tellNowAndThen()) this.#writer.expire();
      records += count;
      if (this.#wasInterrupted(count)) {
        await setImmediate();
        continue;
      }
      if (count > 0) {
        const now = performance.now();
        const bytes = Number(ring.position - restedPosition);
        const arrivals = { records, bytes, elapsedMs: now - restedMs };
        const pauseMs = restAfter(arrivals, restMs, ring.sizeBytes, watched());
        restedMs = now;
        restedPosition = ring.position;
        records = 0;
        await rest(pauseMs);
        continue;
      }
      if (ring.heldBytes > 0) {
        // To the kernel's wake-up a ring that holds something is one that its reader is late for.
        this.#keeping.flush();
        await rest(restMs);
        continue;
      }
      if (this.#behind) provider.caughtUp?.();
      this.#behind = false;
      shared.readerWaiting = true;
      if (ring.pendingBytes === 0) await waitReadable([ring.fd, this.#wakeFd], SILENCE_LIMIT_MS);
      else await setImmediate(); // A record is being written at this moment.
      shared.readerWaiting = false;
    }
  }

  /** The programs had stopped, since this process stood still for longer than the lease. */
  #resume(): void {
    const { kernel, provider } = this.#options;
    const firstNs = kernel.shared.stoppedNs;
    kernel.shared.resume();
    for (const workspace of provider.workspaces()) workspace.missedLeaving();
    provider.resynchronise();
    this.#losses.tellGap({ reason: "abandoned", firstNs, lastNs: this.#clock.nowBootNs() });
  }

  /** Whether the drain ended because its turn was over rather than because the ring was empty. */
  #wasInterrupted(count: number): boolean {
    return (
      count > 0 && !this.#options.output.saturated && this.#options.kernel.ring.pendingBytes > 1024 * 1024
    );
  }

  async #untilWritable(): Promise<void> {
    const stopped = waitReadable([this.#wakeFd], SILENCE_LIMIT_MS);
    try {
      await Promise.race([this.#options.output.whenWritable(), stopped]);
    } catch {
      // The output is closed for good, which its owner is told elsewhere: wait for the stop.
      await stopped;
    }
  }

  async #drainToEnd(): Promise<void> {
    const { output, kernel } = this.#options;
    let patient = true;
    for (let idle = 0; idle < 3;) {
      // An output that takes nothing any more is given everything all the same: it counts what it can't write.
      if (patient && output.saturated) patient = await isWritableWithin(output, PATIENCE_MS);
      // Programs that were running at the detach may still be writing their last record.
      if (this.#drain(patient) === 0 && kernel.ring.pendingBytes === 0) idle++;
      await setImmediate();
    }
  }

  /** What comes meanwhile is the next reader's; one that never comes would leave to nobody what ran before the stop. */
  async #drainWhatIsThere(): Promise<void> {
    const { output } = this.#options;
    for (let turn = 0; turn < LAST_TURNS && !output.saturated && this.#drain() > 0; turn++)
      await setImmediate();
  }

  #drain(patient = true): number {
    const { output, kernel } = this.#options;
    this.#clock.adjust();
    this.#pressure.see(kernel.ring.pendingBytes + kernel.ring.heldBytes);
    const until = performance.now() + TURN_MS;
    const count = kernel.ring.drain(this.#take, () => {
      this.#keeping.mark(kernel, this.#events.seq);
      return !(patient && output.saturated) && performance.now() < until;
    });
    this.#keeping.mark(kernel, this.#events.seq);
    return count;
  }

  readonly #take = (memory: RecordMemory, offset: number, length: number): void => {
    try {
      this.#handle(decodeRecord(memory, offset, length));
    } catch (error) {
      this.#countUndecodable(error);
    }
  };

  #handle(record: KernelRecord): void {
    const { provider, onRecord } = this.#options;
    this.#gaps.see(record.type, record.cpu, record.cpuSeq);
    onRecord?.(record);
    switch (record.type) {
      case "exec":
      case "exit":
        this.#writer.take(record, record);
        break;
      case "cgroupMade":
        provider.cgroupMade(record);
        break;
      case "cgroupRemoved":
        this.#losses.cgroupRemoved(record.cgroupKey);
        break;
    }
  }

  readonly #write = (event: TracerEvent): void => {
    if (this.#backlog.repeating) this.#repeat(event);
    else this.#options.output.write(this.#redacted(event));
  };

  readonly #repeat = (event: TracerEvent): void => {
    this.#options.output.repeat?.(this.#redacted(event));
  };

  #redacted(event: TracerEvent): TracerEvent {
    const { redactor } = this.#options;
    return event.type === "exec" && redactor !== undefined ? redactor.exec(event) : event;
  }

  readonly #tellRunning = (process: SnapshotProcess): void => {
    this.#snapshot.push(process);
    if (this.#toldSnapshot) this.#options.onSnapshot?.([process]);
  };

  #countUndecodable(error: unknown): void {
    this.#undecodable++;
    this.#options.log.error(
      { err: error },
      "could not make sense of a record of the kernel; it is counted as lost",
    );
    this.#losses.tellUndecodable();
  }
}
