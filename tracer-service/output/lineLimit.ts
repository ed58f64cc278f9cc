/** Items of one kind that get a line each, in a window of time. */
export const LINES_A_WINDOW = 10;
/** Length of that window, ms. */
export const WINDOW_MS = 60_000;

/** Items that have no line of their own. */
export interface Withheld<T> {
  readonly first: T;
  readonly latest: T;
  readonly count: number;
  /** They are of the many kinds that were not told apart any more. */
  readonly isMixed: boolean;
}

interface Window<T> {
  readonly endMs: number;
  readonly isMixed: boolean;
  lines: number;
  withheld: Withheld<T> | undefined;
}

/**
 * Decides which items get a line of their own, by their kind: what comes often hides nothing else, nor fills the log.
 * Those without a line are counted, and given out when their window ends. Times are ms since any moment.
 */
export class LineLimit<T> {
  readonly #maxKinds: number;
  readonly #windows = new Map<string, Window<T>>();

  /** `maxKinds`: so many are told apart at a time; those beyond share one. */
  constructor(maxKinds: number) {
    this.#maxKinds = maxKinds;
  }

  /** When `take` has something to give; undefined while nothing is withheld. */
  get dueMs(): number | undefined {
    let due: number | undefined;
    for (const { withheld, endMs } of this.#windows.values()) {
      if (withheld !== undefined) due = Math.min(due ?? Infinity, endMs);
    }
    return due;
  }

  /** Whether it gets a line; `take` must have been called with this time. */
  admit(kind: string, item: T, nowMs: number): boolean {
    const window = this.#windowOf(kind, nowMs);
    if (window.lines < LINES_A_WINDOW) {
      window.lines++;
      return true;
    }
    const { withheld, isMixed } = window;
    window.withheld = {
      ...{ first: withheld?.first ?? item, latest: item, isMixed },
      count: (withheld?.count ?? 0) + 1,
    };
    return false;
  }

  /** Ends the windows whose time is over, and gives what was withheld in them. */
  take(nowMs: number): Withheld<T>[] {
    const taken: Withheld<T>[] = [];
    for (const [key, { withheld, endMs }] of this.#windows) {
      if (endMs > nowMs) continue;
      this.#windows.delete(key);
      if (withheld !== undefined) taken.push(withheld);
    }
    return taken;
  }

  #windowOf(kind: string, nowMs: number): Window<T> {
    const known = this.#windows.get(kind);
    if (known !== undefined) return known;
    const isMixed = this.#windows.size >= this.#maxKinds;
    const mixed = isMixed ? this.#windows.get("") : undefined;
    if (mixed !== undefined) return mixed;
    const window = { endMs: nowMs + WINDOW_MS, isMixed, lines: 0, withheld: undefined };
    this.#windows.set(isMixed ? "" : kind, window);
    return window;
  }
}
