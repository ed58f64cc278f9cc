import type { GapMessage } from "../../protocol/stream.ts";
import type { KeptEvent } from "./keptEvent.ts";

/** The events in a row that a reader is not told because it reads too slowly. */
export class WithheldEvents {
  readonly #first: KeptEvent;
  #last: KeptEvent;
  #events = 1;
  #execs: number;

  constructor(first: KeptEvent) {
    this.#first = this.#last = first;
    this.#execs = first.type === "exec" ? 1 : 0;
  }

  get firstSeq(): number {
    return this.#first.seq;
  }

  add(event: KeptEvent): void {
    this.#last = event;
    this.#events++;
    if (event.type === "exec") this.#execs++;
  }

  /** What the reader is told instead. */
  gap(formatTime: (timeNs: bigint) => string): Omit<GapMessage, "type"> {
    return {
      reason: "slow_reader",
      firstSeq: this.#first.seq,
      lastSeq: this.#last.seq,
      events: this.#events,
      execs: this.#execs,
      firstTs: formatTime(this.#first.timeNs),
      lastTs: formatTime(this.#last.timeNs),
    };
  }
}
