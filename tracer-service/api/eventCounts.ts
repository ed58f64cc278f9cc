import type { LossReason, LostKind, TracerEvent } from "../../protocol/events.ts";
import type { EventOutput } from "../pipeline/eventOutput.ts";

/** Losses of one kind for one reason. */
export interface LossCount {
  readonly kind: LostKind;
  readonly reason: LossReason;
  count: number;
}

/** Counts losses by kind and reason on their way to an output. */
export class EventCounts implements EventOutput {
  readonly #output: EventOutput;
  readonly #lost = new Map<string, LossCount>();

  constructor(output: EventOutput) {
    this.#output = output;
  }

  get lost(): readonly Readonly<LossCount>[] {
    return [...this.#lost.values()];
  }

  get saturated(): boolean {
    return this.#output.saturated;
  }

  whenWritable(): Promise<void> {
    return this.#output.whenWritable();
  }

  write(event: TracerEvent): void {
    if (event.type === "lost") this.#count(event.kind, event.reason, event.count);
    this.#output.write(event);
  }

  repeat(event: TracerEvent): void {
    this.#output.repeat?.(event);
  }

  #count(kind: LostKind, reason: LossReason, count: number): void {
    const key = `${kind} ${reason}`;
    const known = this.#lost.get(key);
    if (known === undefined) this.#lost.set(key, { kind, reason, count });
    else known.count += count;
  }
}
