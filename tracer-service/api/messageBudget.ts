const WINDOW_MS = 10_000;
const MAX_MESSAGES = 200;

/** How many messages a reader may send: each subscription costs the service a look at all that runs. */
export class MessageBudget {
  readonly #nowMs: () => number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether one more may come now. */
  take(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    return ++this.#count <= MAX_MESSAGES;
  }
}
