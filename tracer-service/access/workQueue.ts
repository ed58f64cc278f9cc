/** Runs a bounded number of tasks at a time; a bounded number of others waits its turn. */
export class WorkQueue {
  readonly #running: number;
  readonly #waiting: number;
  readonly #queue: (() => void)[] = [];
  #active = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#running = maxRunning;
    this.#waiting = maxWaiting;
  }

  /** Rejects at once when too many wait already. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#active >= this.#running) {
      if (this.#queue.length >= this.#waiting) throw new Error("too many checks of permissions wait already");
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else this.#active++;
    try {
      return await task();
    } finally {
      const next = this.#queue.shift();
      // It takes over this one's place.
      if (next === undefined) this.#active--;
      else next();
    }
  }
}
