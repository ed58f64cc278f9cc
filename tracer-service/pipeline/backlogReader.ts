import { setImmediate } from "node:timers/promises";

import type { EarlierLoad } from "../kernel/earlierLoad.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import type { TakeRecord } from "../kernel/ringBuffer.ts";
import type { EventFactory } from "./eventFactory.ts";
import type { LossTeller } from "./lossTeller.ts";
import type { RingKeeping } from "./ringKeeping.ts";
import type { EventOutput } from "./eventOutput.ts";
import { rest } from "./waiting.ts";

/** What the backlog is read with. */
export interface BacklogParts {
  readonly kernel: KernelTracer;
  readonly output: EventOutput;
  readonly keeping: RingKeeping;
  readonly losses: LossTeller;
  readonly events: EventFactory;
  readonly restMs: number;
  /** Up to this position of the ring an earlier run has kept everything. */
  readonly keptPosition?: bigint;
  readonly take: TakeRecord;
  isStopping(): boolean;
  untilWritable(): Promise<void>;
}

/** How long it reads before others get their turn. */
const TURN_MS = 20;

/** Reads what earlier services have left, before anything of this one's: rings of replaced programs, and what was kept. */
export class BacklogReader {
  readonly #parts: BacklogParts;
  #repeating = false;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Whether the records that are read now were kept by an earlier run. */
  get repeating(): boolean {
    return this.#repeating;
  }

  /** Resolves when only what has never been read is left, or when the session stops. */
  async read(): Promise<void> {
    const { kernel } = this.#parts;
    for (const load of kernel.earlier) await this.#finish(load);
    if (kernel.adopted) await this.#repeatKept(kernel);
  }

  /** Reads what programs of an earlier service collected until they were replaced, and removes what is left of them. */
  async #finish(load: EarlierLoad): Promise<void> {
    const { kernel, output, keeping, losses, events, restMs } = this.#parts;
    let unreadable = 0;
    const take = load.readable ? this.#parts.take : () => unreadable++;
    if (load.readable) await this.#repeatKept(load);
    for (let idle = 0; idle < 3 && !this.#parts.isStopping();) {
      kernel.renewLease();
      if (output.saturated) {
        await this.#parts.untilWritable();
        continue;
      }
      const until = performance.now() + TURN_MS;
      const count = load.ring.drain(take, () => !output.saturated && performance.now() < until);
      keeping.mark(load, events.seq);
      if (count === 0 && load.ring.pendingBytes === 0) idle++;
      await setImmediate();
    }
    if (this.#parts.isStopping()) return;
    if (unreadable > 0) losses.tellUndecodable(unreadable);
    const counters = load.losses();
    if (counters !== undefined) losses.tellEarlier(counters);
    losses.tellGap(kernel.gapAfter(load));
    keeping.mark(kernel, events.seq);
    while (!keeping.settled) {
      keeping.flush();
      await rest(restMs);
      if (this.#parts.isStopping()) return;
    }
    kernel.state.keep(kernel.ringBase + kernel.ring.position, events.seq);
    load.remove();
  }

  /** Reads again what an earlier run has kept, for the log's readers, who may not have got all of it. */
  async #repeatKept({
    ring,
    ringBase,
    lastSeq,
  }: Pick<EarlierLoad, "ring" | "ringBase" | "lastSeq">): Promise<void> {
    const { output, events, take, keptPosition = 0n } = this.#parts;
    const until = keptPosition - ringBase;
    if (until <= ring.position) return;
    const { seq } = events;
    this.#repeating = true;
    events.continueAfter(lastSeq);
    while (!this.#parts.isStopping() && ring.position < until) {
      if (output.saturated) await this.#parts.untilWritable();
      else if (ring.drain(take, () => !output.saturated, until) === 0) break;
      await setImmediate();
    }
    this.#repeating = false;
    events.continueAfter(seq);
  }
}
