import type { Clock } from "../clock.ts";

/** A view is told of changes at most so often. */
const REFRESH_INTERVAL_MS = 1_000;

/** Collects what has changed and passes it on at most once a second, the first change at once. */
export class RefreshLimit {
  readonly #clock: Clock;
  readonly #refresh: (items: readonly string[] | undefined) => void;
  readonly #items = new Set<string>();
  #all = false;
  #cancel: (() => void) | undefined;
  #lastMs = -Infinity;

  /** `refresh` is given the ids that changed, each once, or undefined for everything. */
  constructor(clock: Clock, refresh: (items: readonly string[] | undefined) => void) {
    this.#clock = clock;
    this.#refresh = refresh;
  }

  /** These items, and with `all` everything, have to be shown anew. */
  add(items: readonly string[], all = false): void {
    this.#all ||= all;
    for (const item of items) this.#items.add(item);
    if ((!this.#all && this.#items.size === 0) || this.#cancel !== undefined) return;
    const waitMs = this.#lastMs + REFRESH_INTERVAL_MS - this.#clock.nowMs();
    if (waitMs <= 0) this.#flush();
    else
      this.#cancel = this.#clock.after(waitMs, () => {
        this.#flush();
      });
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #flush(): void {
    const items = this.#all ? undefined : [...this.#items];
    this.#cancel = undefined;
    this.#all = false;
    this.#items.clear();
    this.#lastMs = this.#clock.nowMs();
    this.#refresh(items);
  }
}
