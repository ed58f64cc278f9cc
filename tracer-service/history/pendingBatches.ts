interface Pending {
  position: bigint;
  readonly bytes: number;
  readonly events: number;
  readonly sinceMs: number;
}

/** Batches on their way into the database, and up to which position of the ring everything is settled. */
export class PendingBatches {
  readonly #queue: Pending[] = [];
  readonly #waiting: { readonly batches: number; readonly resolve: () => void }[] = [];
  #bytes = 0;
  #pushed = 0;
  #shifted = 0;
  #marked = 0n;
  #kept = 0n;
  /** Nothing was written since the last batch. */
  #empty = true;

  /** Bytes of the batches on their way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Since when the oldest of them waits, as it was pushed; undefined when none does. */
  get oldestMs(): number | undefined {
    return this.#queue[0]?.sinceMs;
  }

  /** Up to here everything was written, to batches or to the next one. */
  get markedPosition(): bigint {
    return this.#marked;
  }

  get keptPosition(): bigint {
    return this.#kept;
  }

  /** `empty`: nothing that was written waits for the next batch. */
  mark(position: bigint, empty: boolean): void {
    this.#marked = position;
    this.#empty = empty;
    this.#advance();
  }

  /** Everything up to the mark is on its way. */
  push(bytes: number, events: number, nowMs: number): void {
    this.#queue.push({ position: this.#marked, bytes, events, sinceMs: nowMs });
    this.#bytes += bytes;
    this.#pushed++;
    this.#empty = true;
  }

  /** What was to be the next batch is not: it counts as settled with the one before. */
  skip(): void {
    const last = this.#queue.at(-1);
    if (last !== undefined) last.position = this.#marked;
    this.#empty = true;
    this.#advance();
  }

  /** The oldest batch is settled; returns its number of events. */
  shift(): number {
    const settled = this.#queue.shift();
    if (settled === undefined) return 0;
    this.#bytes -= settled.bytes;
    this.#kept = settled.position;
    this.#shifted++;
    this.#advance();
    while (this.#waiting[0] !== undefined && this.#waiting[0].batches <= this.#shifted) {
      this.#waiting.shift()?.resolve();
    }
    return settled.events;
  }

  /** Resolves when all batches pushed until now are settled. */
  settled(): Promise<void> {
    if (this.#shifted >= this.#pushed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ batches: this.#pushed, resolve });
    });
  }

  /** Nothing will be kept any more; returns the number of events on their way. */
  giveUp(): number {
    let events = 0;
    while (this.#queue.length > 0) events += this.shift();
    this.#empty = true;
    this.#advance();
    return events;
  }

  #advance(): void {
    if (this.#queue.length === 0 && this.#empty) this.#kept = this.#marked;
  }
}
