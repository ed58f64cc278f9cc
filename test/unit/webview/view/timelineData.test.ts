import { describe, expect, it } from "vitest";
import {
  lossRanges,
  rangeSummary,
  timelineSeries,
  timelineSummary,
} from "../../../../webview/view/timelineData.ts";

const timeline = {
  firstMs: 10_000,
  bucketMs: 2_000,
  succeeded: new Float64Array([4, 0, 2, 0]),
  failed: new Float64Array([2, 0, 0, 0]),
  lost: new Uint8Array([0, 1, 1, 0]),
};

describe("timeline", () => {
  it("tells execs per second, failures stacked on the others", () => {
    expect(timelineSeries(timeline)).toEqual({
      times: [10, 12, 14, 16],
      all: [3, 0, 1, 0],
      succeeded: [2, 0, 1, 0],
    });
  });

  it("joins neighbouring losses", () => {
    expect(lossRanges(timeline)).toEqual([[12_000, 16_000]]);
  });

  it("says in words what is drawn", () => {
    expect(timelineSummary(timeline)).toBe(
      "Execs per second: 8 in all, 2 failed, at most 3 a second, losses at 1 time",
    );
  });

  it.each<[number, number, RegExp]>([
    [10_000, 12_000, /^\d\d:\d\d:10\.0 – \d\d:\d\d:12\.0, 6 execs, 2 failed$/],
    [12_000, 16_000, /^\d\d:\d\d:12\.0 – \d\d:\d\d:16\.0, 2 execs, events were lost$/],
    [16_000, 18_000, /, 0 execs$/],
  ])("says in words what is between %i and %i", (first, end, words) => {
    expect(rangeSummary(timeline, [first, end], 20_000)).toMatch(words);
  });
});
