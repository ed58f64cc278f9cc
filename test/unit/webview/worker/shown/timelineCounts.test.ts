import { describe, expect, it } from "vitest";
import { TimelineCounts } from "../../../../../webview/worker/shown/timelineCounts.ts";

describe("TimelineCounts", () => {
  it("counts by second, and forgets what is taken away", () => {
    const counts = new TimelineCounts();
    counts.add(1_500, "good", 2);
    counts.add(1_999, "failed", 1);
    counts.add(4_000, "lost", 1);
    counts.add(9_000, "good", 1);
    counts.add(9_000, "good", -1);
    expect(counts.timeline()).toEqual({
      firstMs: 1_000,
      bucketMs: 1_000,
      succeeded: Float64Array.of(2, 0, 0, 0),
      failed: Float64Array.of(1, 0, 0, 0),
      lost: Uint8Array.of(0, 0, 0, 1),
    });
  });

  it.each([
    ["nothing", []],
    ["an hour", [0, 3_600_000]],
    ["a year", [1_000, 31_536_000_000]],
    ["times from long before 1970 until far in the future", [-9e14, 9e14]],
  ])("needs at most 400 buckets for %s", (_, times) => {
    const counts = new TimelineCounts();
    for (const time of times) counts.add(time, "good", 1);
    const { succeeded } = counts.timeline();
    expect(succeeded.length).toBeLessThanOrEqual(400);
    expect(succeeded.reduce((sum, count) => sum + count, 0)).toBe(times.length);
  });
});
