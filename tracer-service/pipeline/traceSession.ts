import { closeSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import type { ExecEvent, LossReason, TracerEvent } from "../../protocol/events.ts";
import { decodeRecord } from "../decode/decodeRecord.ts";
import type { KernelRecord } from "../decode/kernelRecord.ts";
import type { Attributed, IdentityProvider } from "../identity/identityProvider.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import { openEventDescriptor, wallClockOffsetNs, waitReadable } from "../kernel/libc.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { EventFactory } from "./eventFactory.ts";
import { EventWriter, type WriterCounts } from "./eventWriter.ts";
import { LossReporter } from "./lossReporter.ts";
import { restAfter } from "./restPlan.ts";
import { SequenceGaps } from "./sequenceGaps.ts";
import type { PendingLimits } from "./pendingEvents.ts";
import { readProcArguments, readSnapshot, type SnapshotProcess } from "./snapshot.ts";
import { WallClock } from "./wallClock.ts";

/** Where events go. While it is saturated the ring is left alone: the kernel then counts what finds no place. */
export interface EventOutput {
  write(event: TracerEvent): void;
  readonly saturated: boolean;
  /** Resolves when it is not saturated any more; rejects when it never will be. */
  whenWritable(): Promise<void>;
}

/** Where events are kept, which the output gives them to. What is not kept yet stays in the ring, too. */
export interface EventKeeper {
  /** Every event of the ring's records up to this position has been written to the output. */
  mark(position: bigint): void;
  /** Up to here all of them are kept, or will never be. */
  readonly keptPosition: bigint;
  /** Has them kept soon. */
  flush(): void;
}

/** Replaces parts of arguments. */
export interface ArgumentRedactor {
  exec(event: ExecEvent): ExecEvent;
  arguments(argv: readonly string[]): readonly string[];
}

/** The service's own diagnostics. */
export interface Diagnostics {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface TraceSessionOptions {
  readonly kernel: KernelTracer;
  readonly provider: IdentityProvider;
  readonly output: EventOutput;
  readonly log: Diagnostics;
  /** How long to rest between two looks at a ring that is filling, ms: latency against CPU. Up to ten times that when it fills fast. */
  readonly restMs: number;
  /** Whether /proc shows host pids, so that the arguments of running processes can be read. */
  readonly hostPids: boolean;
  /** Without one, records leave the ring as soon as they were read. */
  readonly keeper?: EventKeeper;
  /** Number of the latest event of earlier runs, where numbers go on; without it 0. */
  readonly lastSeq?: number;
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
}

/** A wait that ends at the latest after this, should a wake-up have been missed. */
const SILENCE_LIMIT_MS = 250;
/** How long the service works on the ring before others get their turn. */
const TURN_MS = 20;
const LOSS_REPORT_INTERVAL_MS = 1000;
const RECURSION_CHECK_INTERVAL_MS = 60_000;
const NOBODYS: Attributed = { workspace: undefined, cgroup: undefined };
/** How long a saturated output is waited for at the end. */
const PATIENCE_MS = 5000;

/** Reads the ring from start to stop: record → attributed event → output. */
export class TraceSession {
  readonly #options: TraceSessionOptions;
  readonly #clock = new WallClock(wallClockOffsetNs);
  readonly #events: EventFactory;
  readonly #writer: EventWriter;
  readonly #losses: LossReporter;
  readonly #gaps = new SequenceGaps();
  readonly #wakeFd = openEventDescriptor();
  readonly #failed = Promise.withResolvers<Error>();
  #running: Promise<void> | undefined;
  #stopping = false;
  readonly #snapshot: SnapshotProcess[] = [];
  #toldSnapshot = false;
  #lossesReportedMs = Number.NEGATIVE_INFINITY;
  #recursionCheckedMs = Number.NEGATIVE_INFINITY;
  #recursionCheckedNs = this.#clock.nowBootNs();
  #recursionMisses = 0n;
  #undecodable = 0;

  constructor(options: TraceSessionOptions) {
    this.#options = options;
    this.#events = new EventFactory(this.#clock, options.lastSeq);
    const { kernel, provider, pendingLimits } = options;
    const target = { write: this.#write, running: this.#tellRunning };
    this.#writer = new EventWriter(this.#events, provider, target, {
      ...(pendingLimits && { limits: pendingLimits }),
    });
    if (options.keeper !== undefined) kernel.ring.hold();
    this.#losses = new LossReporter({
      total: () => kernel.shared.losses,
      read: () => kernel.readLosses(),
      readOverflow: (owner) => kernel.readOverflowLosses(owner),
      forget: (loss) => {
        kernel.forgetLoss(loss);
      },
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
      events: this.#events.seq - (this.#options.lastSeq ?? 0),
      undecodable: this.#undecodable,
      missing: this.#gaps.missing,
    };
  }

  /**
   * Attaches the programs and begins to read: at once, or when the provider is ready. Throws one line, with nothing
   * attached, when that fails.
   */
  start(): void {
    const { kernel, provider, hostPids, redactor } = this.#options;
    const readArguments = (pid: number): readonly string[] => {
      const argv = hostPids ? readProcArguments(pid) : [];
      return redactor?.arguments(argv) ?? argv;
    };
    kernel.attach();
    try {
      provider.start();
      // After attach: a process is either in the snapshot or seen by the programs, or both, never neither.
      const running = readSnapshot(kernel.readSnapshot(), readArguments);
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
      kernel.detach();
      throw error;
    }
    this.#running = this.#running.catch((error: unknown) => {
      this.#failed.resolve(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** Takes the programs off, then reads what they wrote until then. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#options.kernel.detach();
    writeSync(this.#wakeFd, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
    await this.#running;
    try {
      await this.#drainToEnd();
    } catch (error) {
      this.#options.log.error({ err: error }, "could not read what the kernel had written until the end");
    }
    this.#reportLosses();
    this.#writer.finish();
    this.#reportRecursion();
    closeSync(this.#wakeFd);
  }

  async #run(): Promise<void> {
    const { kernel, output, restMs, keeper } = this.#options;
    const { ring, shared } = kernel;
    let restedMs = performance.now();
    let restedPosition = ring.position;
    let records = 0;
    while (!this.#stopping) {
      if (output.saturated) {
        await this.#untilWritable();
        continue;
      }
      const count = this.#drain();
      this.#reportLossesNowAndThen();
      records += count;
      if (this.#wasInterrupted(count)) {
        await setImmediate();
        continue;
      }
      if (count > 0) {
        const now = performance.now();
        const bytes = Number(ring.position - restedPosition);
        const pauseMs = restAfter({ records, bytes, elapsedMs: now - restedMs }, restMs, ring.sizeBytes);
        restedMs = now;
        restedPosition = ring.position;
        records = 0;
        await rest(pauseMs);
        continue;
      }
      if (ring.heldBytes > 0) {
        // To the kernel's wake-up a ring that holds something is one that its reader is late for.
        keeper?.flush();
        await rest(restMs);
        continue;
      }
      shared.readerWaiting = true;
      if (ring.pendingBytes === 0) await waitReadable([ring.fd, this.#wakeFd], SILENCE_LIMIT_MS);
      else await setImmediate(); // A record is being written at this moment.
      shared.readerWaiting = false;
    }
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

  #drain(patient = true): number {
    const { output, kernel } = this.#options;
    this.#clock.adjust();
    const until = performance.now() + TURN_MS;
    const count = kernel.ring.drain(this.#take, () => {
      this.#keep();
      return !(patient && output.saturated) && performance.now() < until;
    });
    this.#keep();
    return count;
  }

  #keep(): void {
    const { keeper, kernel } = this.#options;
    if (keeper === undefined) return;
    keeper.mark(kernel.ring.position);
    kernel.ring.release(keeper.keptPosition);
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
        // What was lost in it is told while it can still be named.
        this.#reportLosses();
        this.#losses.forgetCgroup(record.cgroupKey);
        provider.cgroupRemoved(record.cgroupKey);
        break;
    }
  }

  readonly #write = (event: TracerEvent): void => {
    const { output, redactor } = this.#options;
    output.write(event.type === "exec" && redactor !== undefined ? redactor.exec(event) : event);
  };

  readonly #tellRunning = (process: SnapshotProcess): void => {
    this.#snapshot.push(process);
    if (this.#toldSnapshot) this.#options.onSnapshot?.([process]);
  };

  #reportLossesNowAndThen(): void {
    const now = performance.now();
    if (now - this.#lossesReportedMs < LOSS_REPORT_INTERVAL_MS) return;
    this.#lossesReportedMs = now;
    this.#reportLosses();
    this.#writer.expire();
    if (now - this.#recursionCheckedMs < RECURSION_CHECK_INTERVAL_MS) return;
    this.#recursionCheckedMs = now;
    this.#reportRecursion();
  }

  #reportLosses(): void {
    let lostCgroups = false;
    for (const loss of this.#losses.report()) {
      lostCgroups ||= loss.kind === "cgroup";
      this.#writer.take({ type: "lost", loss }, { ...loss, loginUid: undefined });
    }
    if (lostCgroups) this.#options.provider.resynchronise();
  }

  /** Programs that the kernel did not run because they would have interrupted themselves: whose, nobody knows. */
  #reportRecursion(): void {
    const misses = this.#options.kernel.recursionMisses();
    const since = this.#recursionCheckedNs;
    this.#recursionCheckedNs = this.#clock.nowBootNs();
    if (misses > this.#recursionMisses) {
      this.#reportNobodys("recursion", Number(misses - this.#recursionMisses), since);
    }
    this.#recursionMisses = misses;
  }

  #countUndecodable(error: unknown): void {
    this.#undecodable++;
    this.#options.log.error(
      { err: error },
      "could not make sense of a record of the kernel; it is counted as lost",
    );
    this.#reportNobodys("undecodable", 1, this.#clock.nowBootNs());
  }

  #reportNobodys(reason: LossReason, count: number, firstNs: bigint): void {
    const lastNs = this.#clock.nowBootNs();
    this.#options.output.write(
      this.#events.lost({ cgroupKey: 0n, owner: 0, kind: "exec", reason, count, firstNs, lastNs }, NOBODYS),
    );
  }
}

/** Resolves with false when the output stays saturated, or is closed for good. */
function isWritableWithin(output: EventOutput, limitMs: number): Promise<boolean> {
  return Promise.race([
    output.whenWritable().then(
      () => true,
      () => false,
    ),
    rest(limitMs).then(() => false),
  ]);
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
