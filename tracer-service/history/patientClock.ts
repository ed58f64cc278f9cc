import { difference } from "../pipeline/wallClock.ts";

/** For so long the wall clock has to go on as it does after it was set ahead, ms. */
export const PATIENCE_MS = 3_600_000;
/** What clocks are corrected by without having been wrong. */
const TOLERANCE_NS = 60_000_000_000n;
const NS_PER_MS = 1_000_000;

/**
 * A wall clock for what can't be taken back, such as the removal of what is too old: where it is set ahead, it is
 * believed only after an hour. A clock that is wrong for a moment, or a node that starts with a wrong one, then costs nothing.
 */
export class PatientClock {
  readonly #wallNs: () => bigint;
  readonly #monotonicMs: () => number;
  /** What was believed last, and when. */
  #believed: { readonly ns: bigint; readonly atMs: number };
  /** How far ahead of the monotonic clock it was set, and since when it is. */
  #ahead: { readonly ns: bigint; readonly sinceMs: number } | undefined;

  /** `latestNs`: the latest time that was ever known to be right; without one the clock is right at first. ns since 1970 UTC. */
  constructor(wallNs: () => bigint, monotonicMs: () => number, latestNs: bigint | undefined) {
    this.#wallNs = wallNs;
    this.#monotonicMs = monotonicMs;
    this.#believed = { ns: latestNs ?? wallNs(), atMs: monotonicMs() };
  }

  /** It is at least so late, ns since 1970 UTC. */
  nowNs(): bigint {
    const wallNs = this.#wallNs();
    const atMs = this.#monotonicMs();
    const expectedNs = this.#believed.ns + nsOf(atMs - this.#believed.atMs);
    if (wallNs > expectedNs + TOLERANCE_NS && !this.#hasStayed(wallNs - nsOf(atMs), atMs)) return expectedNs;
    this.#ahead = undefined;
    this.#believed = { ns: wallNs, atMs };
    return wallNs;
  }

  #hasStayed(aheadNs: bigint, atMs: number): boolean {
    if (this.#ahead === undefined || difference(aheadNs, this.#ahead.ns) > TOLERANCE_NS) {
      this.#ahead = { ns: aheadNs, sinceMs: atMs };
    }
    return atMs - this.#ahead.sinceMs >= PATIENCE_MS;
  }
}

function nsOf(ms: number): bigint {
  return BigInt(Math.round(ms * NS_PER_MS));
}
