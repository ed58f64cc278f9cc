/** What has come since the rest before the latest began. */
export interface Arrivals {
  readonly records: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** How the rest grows with the rate. */
interface Growth {
  /** From this rate on it does … */
  readonly recordsPerMs: number;
  /** … up to this many times the shortest, … */
  readonly longestFactor: number;
}

/**
 * A look costs as much as two dozen records, because the caches have forgotten the service meanwhile; so it is worth
 * waiting for many, and for more of them where nobody follows the stream.
 */
const WATCHED: Growth = { recordsPerMs: 0.4, longestFactor: 10 };
const UNWATCHED: Growth = { recordsPerMs: 0.12, longestFactor: 25 };
/** … but not beyond this by itself, ms, … */
const LONGEST_MS = 250;
/** … and not longer than this many times what came before took, so that a few that come at once don't wait for more, … */
const GROWTH_A_LOOK = 2;
/** … and not so long that this part of the ring would fill: the rest of it is for bursts. */
const RING_PART = 1 / 16;

/**
 * How long to rest before the next look at the ring, ms: `shortestMs` to ten times that while somebody follows the
 * stream, else to twenty-five times.
 */
export function restAfter(
  { records, bytes, elapsedMs }: Arrivals,
  shortestMs: number,
  ringBytes: number,
  watched: boolean,
): number {
  if (records === 0 || elapsedMs <= 0) return shortestMs;
  const { recordsPerMs, longestFactor } = watched ? WATCHED : UNWATCHED;
  const factor = Math.min(longestFactor, records / elapsedMs / recordsPerMs);
  const untilFullMs = (ringBytes * RING_PART * elapsedMs) / bytes;
  const grownMs = elapsedMs * GROWTH_A_LOOK;
  return Math.max(shortestMs, Math.min(shortestMs * factor, LONGEST_MS, untilFullMs, grownMs));
}
