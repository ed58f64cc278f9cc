import type { RefusedAccess, WithheldRefusals } from "./accessRecord.ts";
import type { Reader } from "./reader.ts";

/** Refusals of one kind that get a line each, in a window of time. */
export const LINES_A_WINDOW = 10;
/** Length of that window, ms. */
export const WINDOW_MS = 60_000;
/** Kinds that are told apart at a time; those beyond share one. */
export const MAX_KINDS = 64;

interface Window {
  readonly reader: Reader | undefined;
  readonly code: string | undefined;
  readonly endMs: number;
  lines: number;
  withheld: number;
  /** Of the first that was withheld, and of the last, ms since 1970 UTC. */
  sinceMs: number;
  untilMs: number;
}

/**
 * Decides which refusals get a line of their own, by who it was and why: whoever knocks often does not hide others, nor
 * fill the log. Those without a line are counted, and given out when their window ends. Times are ms since 1970 UTC.
 */
export class RefusalLimit {
  readonly #windows = new Map<string, Window>();

  /** When `take` has something to give; undefined while nothing is withheld. */
  get dueMs(): number | undefined {
    let due: number | undefined;
    for (const { withheld, endMs } of this.#windows.values()) {
      if (withheld > 0) due = Math.min(due ?? Infinity, endMs);
    }
    return due;
  }

  /** Whether it gets a line; `take` must have been called with this time. */
  admit({ reader, code, atMs }: RefusedAccess, nowMs: number): boolean {
    const window = this.#windowOf(reader, code, nowMs);
    if (window.lines < LINES_A_WINDOW) {
      window.lines++;
      return true;
    }
    if (window.withheld++ === 0) window.sinceMs = atMs;
    window.untilMs = atMs;
    return false;
  }

  /** Ends the windows whose time is over, and gives what was withheld in them. */
  take(nowMs: number): WithheldRefusals[] {
    const taken: WithheldRefusals[] = [];
    for (const [key, { reader, code, withheld: count, sinceMs, untilMs, endMs }] of this.#windows) {
      if (endMs > nowMs) continue;
      this.#windows.delete(key);
      if (count > 0) taken.push({ reader, code, count, sinceMs, untilMs });
    }
    return taken;
  }

  #windowOf(reader: Reader | undefined, code: string, nowMs: number): Window {
    const key = `${code} ${JSON.stringify(reader ?? null)}`;
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const isShared = this.#windows.size >= MAX_KINDS;
    const shared = isShared ? this.#windows.get("") : undefined;
    if (shared !== undefined) return shared;
    const whose = isShared ? { reader: undefined, code: undefined } : { reader, code };
    const window = { ...whose, endMs: nowMs + WINDOW_MS, lines: 0, withheld: 0, sinceMs: 0, untilMs: 0 };
    this.#windows.set(isShared ? "" : key, window);
    return window;
  }
}
