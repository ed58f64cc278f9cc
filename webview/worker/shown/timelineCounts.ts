import type { Timeline } from "../workerMessages.ts";

const MAX_BUCKETS = 400;
const SECOND_MS = 1_000;
/** Widths of buckets in seconds; wider ones are whole days. */
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

interface SecondCounts {
  good: number;
  failed: number;
  lost: number;
}

/** Execs per second, as they come and go. */
export class TimelineCounts {
  readonly #seconds = new Map<number, SecondCounts>();
  // Rows next to each other mostly began in the same second.
  #recent: SecondCounts | undefined;
  #recentSecond = NaN;

  /** Adds to the second that `timeMs` falls into; negative numbers take away. */
  add(timeMs: number, what: keyof SecondCounts, count: number): void {
    const second = Math.floor(timeMs / SECOND_MS);
    const counts = this.#countsOf(second);
    counts[what] += count;
    if (counts.good !== 0 || counts.failed !== 0 || counts.lost !== 0) return;
    this.#seconds.delete(second);
    this.#recentSecond = NaN;
  }

  #countsOf(second: number): SecondCounts {
    if (second === this.#recentSecond && this.#recent !== undefined) return this.#recent;
    let counts = this.#seconds.get(second);
    if (counts === undefined) {
      counts = { good: 0, failed: 0, lost: 0 };
      this.#seconds.set(second, counts);
    }
    this.#recent = counts;
    this.#recentSecond = second;
    return counts;
  }

  /** The whole range in at most 400 buckets. */
  timeline(): Timeline {
    let first = Infinity;
    let last = -Infinity;
    for (const second of this.#seconds.keys()) {
      if (second < first) first = second;
      if (second > last) last = second;
    }
    if (this.#seconds.size === 0) return timelineOf(0, SECOND_MS, 0);
    const width = widthFor(first, last);
    first = Math.floor(first / width);
    const length = Math.floor(last / width) - first + 1;
    const timeline = timelineOf(first * width * SECOND_MS, width * SECOND_MS, length);
    for (const [second, { good, failed, lost }] of this.#seconds) {
      const bucket = Math.floor(second / width) - first;
      timeline.succeeded[bucket] = (timeline.succeeded[bucket] ?? 0) + good;
      timeline.failed[bucket] = (timeline.failed[bucket] ?? 0) + failed;
      if (lost > 0) timeline.lost[bucket] = 1;
    }
    return timeline;
  }
}

function timelineOf(firstMs: number, bucketMs: number, length: number): Timeline {
  return {
    firstMs,
    bucketMs,
    succeeded: new Float64Array(length),
    failed: new Float64Array(length),
    lost: new Uint8Array(length),
  };
}

function widthFor(first: number, last: number): number {
  const fits = (width: number): boolean => Math.floor(last / width) - Math.floor(first / width) < MAX_BUCKETS;
  const day = WIDTHS.at(-1) ?? 1;
  return WIDTHS.find(fits) ?? day * Math.ceil((last - first + 2 * day) / (day * (MAX_BUCKETS - 1)));
}
