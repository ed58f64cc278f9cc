/** Times for measuring, and a timer. */
export interface RestingClock {
  clockMs(): number;
  later(delayMs: number, task: () => void): void;
}

/** The task may take a fifth of the time. */
const REST_PER_COST = 4;

/** Runs a task when there is a reason to, and lets it rest in between: for a least time, and longer where it takes long. */
export class RestingTask {
  readonly #clock: RestingClock;
  readonly #leastMs: number;
  readonly #task: () => void;
  /** How long the latest reason can wait; undefined: there is none. */
  #waitMs: number | undefined;
  #restUntil = 0;
  /** When the timer that counts ends; of others the end means nothing. */
  #due = Infinity;

  constructor(clock: RestingClock, leastMs: number, task: () => void) {
    this.#clock = clock;
    this.#leastMs = leastMs;
    this.#task = task;
  }

  /** There is a reason: it runs when it has rested, but lets `waitMs` pass before in case more comes. */
  request(waitMs = 0): void {
    // Reasons come for each event.
    if (this.#waitMs !== undefined && waitMs >= this.#waitMs) return;
    this.#waitMs = waitMs;
    const now = this.#clock.clockMs();
    const due = Math.max(now + waitMs, this.#restUntil);
    if (due >= this.#due) return;
    this.#due = due;
    this.#clock.later(due - now, () => {
      if (this.#due !== due) return;
      this.#due = Infinity;
      if (this.#waitMs !== undefined) this.run();
    });
  }

  /** Runs now if there was a reason and it has rested; else as soon as it has. */
  runWhenRested(): void {
    if (this.#waitMs === undefined) return;
    if (this.#clock.clockMs() >= this.#restUntil) this.run();
    else this.request(0);
  }

  /** Runs now. */
  run(): void {
    this.#waitMs = undefined;
    const begun = this.#clock.clockMs();
    this.#task();
    const ended = this.#clock.clockMs();
    this.#restUntil = ended + Math.max(this.#leastMs, (ended - begun) * REST_PER_COST);
  }
}
