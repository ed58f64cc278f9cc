import type { TracerEvent } from "../../protocol/events.ts";
import type { KernelExec, KernelExit } from "../decode/kernelRecord.ts";
import type { Attributed, Awaited, IdentityProvider, Whereabouts } from "../identity/identityProvider.ts";
import type { EventFactory } from "./eventFactory.ts";
import type { Loss } from "./lossReporter.ts";
import { PendingEvents, type PendingLimits } from "./pendingEvents.ts";
import type { SnapshotProcess } from "./snapshot.ts";

/** What can be attributed: a record, losses, or a process that ran already. */
export type Attributable =
  | KernelExec
  | KernelExit
  | { readonly type: "lost"; readonly loss: Loss }
  | { readonly type: "running"; readonly process: (attributed: Attributed) => SnapshotProcess };

/** Where it ends up. */
export interface EventTarget {
  write(event: TracerEvent): void;
  /** An earlier run has told and kept it, by this number. */
  repeat(event: TracerEvent): void;
  running(process: SnapshotProcess): void;
}

/** How many events were, or are, not attributed at once. */
export interface WriterCounts {
  /** Known to belong to no workspace, and not logged. */
  readonly outside: number;
  readonly unattributed: number;
  /** Events that wait for what they happened in. */
  readonly pending: number;
  readonly pendingBytes: number;
  /** Events that went out without it because they could wait no longer. */
  readonly pendingExpired: number;
}

export interface EventWriterOptions {
  readonly limits?: PendingLimits;
  /** Any clock, ms. */
  readonly nowMs?: () => number;
  /** Called when an event begins to wait. */
  readonly waits?: () => void;
}

interface Waiting {
  readonly what: Attributable;
  readonly awaited: Awaited;
}

/** A pod's metadata and the names of its containers come within a few seconds, unless the API server is away. */
const PENDING_LIMITS: PendingLimits = { maxMs: 30_000, maxBytes: 16 * 1024 * 1024 };
/** What an event takes beside its arguments, and what each of these beside its bytes. */
const EVENT_BYTES = 1_500;
const ARGUMENT_BYTES = 32;

/** Makes an event of each record that is attributed, at once or when that becomes possible; only then is it numbered. */
export class EventWriter {
  readonly #events: EventFactory;
  readonly #provider: IdentityProvider;
  readonly #target: EventTarget;
  readonly #pending: PendingEvents<Waiting>;
  readonly #nowMs: () => number;
  readonly #waits: () => void;
  #outside = 0;
  #unattributed = 0;
  #pendingExpired = 0;

  constructor(
    events: EventFactory,
    provider: IdentityProvider,
    target: EventTarget,
    {
      limits = PENDING_LIMITS,
      nowMs = (): number => performance.now(),
      waits = (): void => undefined,
    }: EventWriterOptions = {},
  ) {
    this.#events = events;
    this.#provider = provider;
    this.#target = target;
    this.#pending = new PendingEvents(limits);
    this.#nowMs = nowMs;
    this.#waits = waits;
    provider.onNews?.((awaiting) => {
      this.#release(awaiting);
    });
  }

  /** Events that wait for what they happened in. */
  get pending(): number {
    return this.#pending.size;
  }

  get counts(): WriterCounts {
    return {
      outside: this.#outside,
      unattributed: this.#unattributed,
      pending: this.#pending.size,
      pendingBytes: this.#pending.bytes,
      pendingExpired: this.#pendingExpired,
    };
  }

  /** Writes it, or lets it wait. */
  take(what: Attributable, whereabouts: Whereabouts): void {
    const attributed = this.#provider.attribute(whereabouts);
    if (attributed === "outside" || !("awaiting" in attributed)) {
      this.#write(what, attributed);
      return;
    }
    this.#waits();
    const waiting = { what, awaited: attributed };
    const args = what.type === "exec" ? what.argsBytes + ARGUMENT_BYTES * what.argv.length : 0;
    const bytes = EVENT_BYTES + args;
    for (const evicted of this.#pending.add(attributed.awaiting, waiting, bytes, this.#nowMs())) {
      this.#giveUp(evicted);
    }
  }

  /** Writes what has waited for too long; to be called now and then. */
  expire(): void {
    if (this.#pending.size > 0) this.#giveUpBefore(this.#nowMs());
  }

  /** Writes all that still waits. */
  finish(): void {
    this.#giveUpBefore(Infinity);
  }

  #release(awaiting: string): void {
    this.#pending.release(awaiting, ({ what, awaited }) => {
      const attributed = awaited.settle();
      if (attributed !== undefined) this.#write(what, attributed);
      return attributed !== undefined;
    });
  }

  #giveUpBefore(nowMs: number): void {
    for (const waiting of this.#pending.expire(nowMs)) this.#giveUp(waiting);
  }

  #giveUp({ what, awaited }: Waiting): void {
    const attributed = awaited.settle() ?? awaited.giveUp();
    if (attributed !== "outside" && attributed.attribution === "pending-expired") this.#pendingExpired++;
    this.#write(what, attributed);
  }

  #write(what: Attributable, attributed: Attributed | "outside"): void {
    if (attributed === "outside") {
      if (what.type === "exec" || what.type === "exit") this.#outside++;
      return;
    }
    const { workspace } = attributed;
    const { seq } = this.#events;
    switch (what.type) {
      case "exec":
        if (workspace === undefined) this.#unattributed++;
        if (what.execNumber === 1) workspace?.enter(what.nsLevel, what.lineage === "known");
        this.#tell(seq, this.#events.exec(what, attributed));
        break;
      case "exit":
        if (workspace === undefined) this.#unattributed++;
        if (what.hasEntered) workspace?.leave(what.nsLevel);
        this.#tell(seq, this.#events.exit(what, attributed));
        break;
      case "lost":
        if (what.loss.kind === "exit") workspace?.missedLeaving();
        this.#target.write(this.#events.lost(what.loss, attributed));
        break;
      case "running":
        this.#target.running(what.process(attributed));
        break;
    }
  }

  /** `before`: the latest number before the event was made. */
  #tell(before: number, event: TracerEvent): void {
    if (event.seq > before) this.#target.write(event);
    else this.#target.repeat(event);
  }
}
