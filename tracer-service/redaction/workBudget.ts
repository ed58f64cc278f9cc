/** How long work may take, ms: so long at once, and so long in each second. What was begun is paid for afterwards. */
export class WorkBudget {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, atOnce: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#atMs = nowMs;
  }

  /** Whether work may begin. */
  hasSome(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#atOnce, this.#left + earned);
    this.#atMs = nowMs;
    return this.#left > 0;
  }

  spend(tookMs: number): void {
    this.#left -= tookMs;
  }
}
