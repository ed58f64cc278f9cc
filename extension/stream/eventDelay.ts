/**
 * How long a source's events take at most until they come, ms: the longest in the last one or two periods of so many
 * milliseconds. Clocks that differ are part of it, so that it may be negative; Infinity before anything was seen.
 */
export class EventDelay {
  readonly #periodMs: number;
  #beganMs = -Infinity;
  #longestMs = -Infinity;
  #longestBeforeMs = Infinity;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  get ms(): number {
    return Math.max(this.#longestMs, this.#longestBeforeMs);
  }

  /** An event that came at this time had taken so long. */
  add(delayMs: number, nowMs: number): void {
    if (nowMs - this.#beganMs >= this.#periodMs) {
      this.#beganMs = nowMs;
      this.#longestBeforeMs = this.#longestMs;
      this.#longestMs = delayMs;
    } else {
      this.#longestMs = Math.max(this.#longestMs, delayMs);
    }
  }
}
