/** For so long after the last loss the status bar warns of it. */
export const LOSS_WARNING_MS = 60_000;

/** Remembers when counters of lost events last grew. */
export class LossWatch {
  readonly #counts = new Map<string, number>();
  #lastMs: number | undefined;

  /** A counter's value; its first one tells of the past, and a smaller one begins anew. */
  observe(counter: string, lost: number, nowMs: number): void {
    const before = this.#counts.get(counter);
    this.#counts.set(counter, lost);
    if (before !== undefined && lost > before) this.#lastMs = nowMs;
  }

  /** Forgets a counter that is gone. */
  forget(counter: string): void {
    this.#counts.delete(counter);
  }

  /** Until when there is something to warn of, in milliseconds since 1970; undefined: now there is nothing. */
  warnUntilMs(nowMs: number): number | undefined {
    if (this.#lastMs === undefined || nowMs >= this.#lastMs + LOSS_WARNING_MS) return undefined;
    return this.#lastMs + LOSS_WARNING_MS;
  }
}
