const SECONDS = 5;

/** How fast a counter grows, over the last five ticks of one second each. */
export class RateMeter {
  readonly #seen: number[] = [];
  #perSecond = 0;

  /** 0 before the first tick. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** To be called once a second with the counter, which began at 0. */
  tick(count: number): void {
    // One that rests costs nothing but this.
    if (this.#seen.length === SECONDS && this.#seen[0] === count) {
      this.#perSecond = 0;
      return;
    }
    const before = this.#seen.length < SECONDS ? 0 : (this.#seen.shift() ?? 0);
    this.#seen.push(count);
    this.#perSecond = (count - before) / SECONDS;
  }
}
