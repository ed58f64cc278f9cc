import type { Timeline } from "../worker/workerMessages.ts";
import { formatCount } from "./numberText.ts";
import { formatRange } from "./timeText.ts";
import { t } from "../../protocol/text/translate.ts";

/** What the chart draws: seconds since 1970; execs a second, failed ones included; and those that did not fail. */
export interface TimelineSeries {
  readonly times: number[];
  readonly all: number[];
  readonly succeeded: number[];
}

/** A stretch of time, in milliseconds since 1970; the end is not part of it. */
export type TimeRange = readonly [firstMs: number, endMs: number];

/** The chart's series; those that succeeded are drawn over all, so that failures stand on top of them. */
export function timelineSeries({ firstMs, bucketMs, ...counts }: Timeline): TimelineSeries {
  const times: number[] = [];
  const all: number[] = [];
  const succeeded: number[] = [];
  const perSecond = 1_000 / bucketMs;
  for (let bucket = 0; bucket < counts.succeeded.length; bucket++) {
    const good = counts.succeeded[bucket] ?? 0;
    times.push((firstMs + bucket * bucketMs) / 1_000);
    succeeded.push(good * perSecond);
    all.push((good + (counts.failed[bucket] ?? 0)) * perSecond);
  }
  return { times, all, succeeded };
}

/** The stretches in which something was lost. */
export function lossRanges({ firstMs, bucketMs, lost }: Timeline): readonly TimeRange[] {
  const ranges: [number, number][] = [];
  for (let bucket = 0; bucket < lost.length; bucket++) {
    if (lost[bucket] === 0) continue;
    const start = firstMs + bucket * bucketMs;
    const last = ranges.at(-1);
    if (last?.[1] === start) last[1] = start + bucketMs;
    else ranges.push([start, start + bucketMs]);
  }
  return ranges;
}

/** The chart in a sentence, for who can't see it. */
export function timelineSummary(timeline: Timeline): string {
  const { bucketMs, succeeded } = timeline;
  if (succeeded.length === 0) return t("Execs per second: none yet");
  const { execs, failures, most } = sumOf(timeline, 0, succeeded.length);
  const peak = formatCount(Math.round((most * 1_000) / bucketMs));
  const losses = lossRanges(timeline).length;
  const summary = t(
    "Execs per second: {0} in all, {1} failed, at most {2} a second",
    ...[formatCount(execs), formatCount(failures), peak],
  );
  if (losses === 0) return summary;
  return losses === 1
    ? t("{0}, losses at 1 time", summary)
    : t("{0}, losses at {1} times", summary, formatCount(losses));
}

/** What a range of the chart holds, in a sentence; `nowMs` decides whether it needs its day. */
export function rangeSummary(timeline: Timeline, range: TimeRange, nowMs: number): string {
  const { firstMs, bucketMs, lost } = timeline;
  const [first = 0, end = 0] = range.map((ms) => Math.round((ms - firstMs) / bucketMs));
  const { execs, failures } = sumOf(timeline, first, end);
  return [
    formatRange(range[0], range[1], nowMs),
    execs === 1 ? t("1 exec") : t("{0} execs", formatCount(execs)),
    ...(failures === 0 ? [] : [t("{0} failed", formatCount(failures))]),
    ...(lost.subarray(first, end).includes(1) ? [t("events were lost")] : []),
  ].join(", ");
}

function sumOf(
  { succeeded, failed }: Timeline,
  first: number,
  end: number,
): { readonly execs: number; readonly failures: number; readonly most: number } {
  let execs = 0;
  let failures = 0;
  let most = 0;
  for (let bucket = first; bucket < end; bucket++) {
    const here = (succeeded[bucket] ?? 0) + (failed[bucket] ?? 0);
    execs += here;
    failures += failed[bucket] ?? 0;
    most = Math.max(most, here);
  }
  return { execs, failures, most };
}
