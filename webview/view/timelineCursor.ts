import type { Timeline } from "../worker/workerMessages.ts";
import type { TimeRange } from "./timelineData.ts";

/** Where the keyboard is in the timeline: all from the bar at the one time to the bar at the other, both included. */
export interface TimelineCursor {
  /** Stays while the range is extended; milliseconds since 1970, as `headMs`. */
  readonly anchorMs: number;
  readonly headMs: number;
}

/** What a key does in the timeline. */
export type CursorStep =
  { readonly type: "move"; readonly cursor: TimelineCursor } | { readonly type: "apply" | "clear" };

/** The parts of a keyboard event that count. */
interface CursorKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Bars that a page is. */
const PAGE = 10;

/** By how many bars a key moves. */
const MOVES: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -PAGE,
  PageUp: PAGE,
  Home: -Infinity,
  End: Infinity,
};

/** Where the keyboard begins: at the latest bar. */
export function latestCursor(timeline: Timeline): TimelineCursor {
  const lastMs = timeAt(timeline, timeline.succeeded.length - 1);
  return { anchorMs: lastMs, headMs: lastMs };
}

/** What `key` does; undefined: nothing, so that the editor may have it. */
export function cursorStep(
  key: CursorKey,
  cursor: TimelineCursor,
  timeline: Timeline,
): CursorStep | undefined {
  if (key.ctrlKey || key.metaKey || key.altKey) return undefined;
  if (key.key === "Enter") return { type: "apply" };
  if (key.key === "Escape") return { type: "clear" };
  if (!Object.hasOwn(MOVES, key.key)) return undefined;
  const bar = barAt(timeline, cursor.headMs) + (MOVES[key.key] ?? 0);
  const headMs = timeAt(timeline, within(timeline, bar));
  return { type: "move", cursor: { anchorMs: key.shiftKey ? cursor.anchorMs : headMs, headMs } };
}

/** The whole bars of the cursor, which may have become wider or gone since it was there. */
export function cursorRange({ anchorMs, headMs }: TimelineCursor, timeline: Timeline): TimeRange {
  const first = barAt(timeline, Math.min(anchorMs, headMs));
  const last = barAt(timeline, Math.max(anchorMs, headMs));
  return [timeAt(timeline, first), timeAt(timeline, last + 1)];
}

function within({ succeeded }: Timeline, bar: number): number {
  return Math.min(Math.max(bar, 0), Math.max(0, succeeded.length - 1));
}

function barAt(timeline: Timeline, ms: number): number {
  return within(timeline, Math.floor((ms - timeline.firstMs) / timeline.bucketMs));
}

function timeAt({ firstMs, bucketMs }: Timeline, bar: number): number {
  return firstMs + Math.max(0, bar) * bucketMs;
}
