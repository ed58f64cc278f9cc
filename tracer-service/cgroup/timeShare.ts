/** So much of the time may be spent, and so much of it be saved up, ms. */
const SHARE = 1 / 20;
const SAVED_MS = 200;

/**
 * Keeps what may take long, and what others can bring about, from taking more than a small part of this thread's time:
 * it is put off as long as the time that it took before is not earned yet.
 */
export class TimeShare {
  readonly #nowMs: () => number;
  #savedMs = SAVED_MS;
  #sinceMs: number;

  constructor(nowMs = (): number => performance.now()) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** Does the work, or returns false: not now. */
  spend(work: () => void): boolean {
    const before = this.#nowMs();
    this.#savedMs = Math.min(SAVED_MS, this.#savedMs + SHARE * (before - this.#sinceMs));
    this.#sinceMs = before;
    if (this.#savedMs <= 0) return false;
    work();
    this.#savedMs -= this.#nowMs() - before;
    return true;
  }
}
