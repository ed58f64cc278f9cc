/** Batches that are looked back at: with two a second, a quarter of a minute. */
const LOOKED_AT = 32;
const PART = 0.9;

/**
 * How long a source's events take until they come, ms: at most so long in nine of ten batches lately. Clocks that differ are
 * part of it, so that it may be negative; Infinity before anything was seen.
 */
export class EventDelay {
  readonly #latest: number[] = [];
  #next = 0;
  #ms: number | undefined = Infinity;

  get ms(): number {
    if (this.#ms === undefined) {
      const sorted = this.#latest.toSorted((one, other) => one - other);
      this.#ms = sorted[Math.ceil(PART * sorted.length) - 1] ?? Infinity;
    }
    return this.#ms;
  }

  /** The first event of a batch had taken so long. */
  add(delayMs: number): void {
    this.#latest[this.#next] = delayMs;
    this.#next = (this.#next + 1) % LOOKED_AT;
    this.#ms = undefined;
  }
}
