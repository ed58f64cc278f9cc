import type { EventSubscription } from "../source/eventSource.ts";

/** One reading of a log, which `dispose` ends. It has no filter: the view filters. */
export class LogReading implements EventSubscription {
  readonly #ending = new AbortController();
  /** Resolves when the reading is to end. */
  readonly ended: Promise<void>;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#ending.signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }

  /** Asked anew each time: it changes while something is awaited. */
  hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  setFilter(): void {
    // Everything is sent.
  }

  dispose(): void {
    this.#ending.abort();
  }
}
