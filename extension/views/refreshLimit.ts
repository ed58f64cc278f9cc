import type { Clock } from "../clock.ts";

/** A view is told of changes at most so often. */
const REFRESH_INTERVAL_MS = 1_000;
/** The editor takes an item's tooltip away when the item is refreshed: for so long it can be read. */
const HOLD_MS = 6_000;

/** Collects what has changed and passes it on at most once a second, the first change at once. */
export class RefreshLimit {
  readonly #clock: Clock;
  readonly #refresh: (items: readonly string[] | undefined) => void;
  readonly #items = new Set<string>();
  /** Until when items are held. */
  readonly #held = new Map<string, number>();
  #all = false;
  #cancel: (() => void) | undefined;
  /** When the timer ends. */
  #dueMs = Infinity;
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
    if (all || items.length > 0) this.#schedule(all ? -Infinity : this.#freeMs(items));
  }

  /** Somebody reads the tooltip of this item: what changes of it waits for some seconds, unless everything changes. */
  hold(item: string): void {
    const now = this.#clock.nowMs();
    for (const [other, untilMs] of this.#held) if (untilMs <= now) this.#held.delete(other);
    this.#held.set(item, now + HOLD_MS);
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** When the first of them is no longer held. */
  #freeMs(items: Iterable<string>): number {
    let least = Infinity;
    for (const item of items) least = Math.min(least, this.#held.get(item) ?? -Infinity);
    return least;
  }

  #schedule(earliestMs: number): void {
    const dueMs = Math.max(earliestMs, this.#lastMs + REFRESH_INTERVAL_MS);
    if (dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const waitMs = dueMs - this.#clock.nowMs();
    if (waitMs <= 0) {
      this.#flush();
      return;
    }
    this.#dueMs = dueMs;
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#flush();
    });
  }

  #flush(): void {
    const now = this.#clock.nowMs();
    const items = [...this.#items].filter((item) => this.#all || (this.#held.get(item) ?? 0) <= now);
    const all = this.#all;
    this.#cancel = undefined;
    this.#dueMs = Infinity;
    this.#all = false;
    for (const item of items) this.#items.delete(item);
    if (all || items.length > 0) {
      this.#lastMs = now;
      this.#refresh(all ? undefined : items);
    }
    if (this.#items.size > 0) this.#schedule(this.#freeMs(this.#items));
  }
}
