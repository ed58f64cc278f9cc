/** What has come since the rest before the latest began. */
export interface Arrivals {
  readonly records: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/**
 * A look costs as much as two dozen records, because the caches have forgotten the service meanwhile; so it is worth
 * waiting for many. From this rate on the rest grows with the rate …
 */
const SHORT_REST_RECORDS_PER_MS = 0.4;
/** … up to this many times the shortest, … */
const LONGEST_FACTOR = 10;
/** … but not beyond this by itself, ms, … */
const LONGEST_MS = 250;
/** … and not so long that this part of the ring would fill: the rest of it is for bursts. */
const RING_PART = 1 / 16;

/** How long to rest before the next look at the ring, ms: `shortestMs` to ten times that. */
export function restAfter(
  { records, bytes, elapsedMs }: Arrivals,
  shortestMs: number,
  ringBytes: number,
): number {
  if (records === 0 || elapsedMs <= 0) return shortestMs;
  const factor = Math.min(LONGEST_FACTOR, records / elapsedMs / SHORT_REST_RECORDS_PER_MS);
  const untilFullMs = (ringBytes * RING_PART * elapsedMs) / bytes;
  return Math.max(shortestMs, Math.min(shortestMs * factor, LONGEST_MS, untilFullMs));
}
