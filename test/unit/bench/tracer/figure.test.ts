import { describe, expect, it } from "vitest";

import { formatGoal, formatResult, isReached, type Figure } from "../../../../bench/tracer/figure.ts";

function figure(values: readonly number[] | string | undefined, most?: number): Figure {
  return {
    title: "time, ms",
    digits: 1,
    goal: most === undefined ? undefined : { most, remark: "(always)" },
    results: new Map(values === undefined ? [] : [["ours", values]]),
  };
}

describe("a figure", () => {
  it.each([
    { what: "median and extremes", values: [3, 1, 2], shown: "2.0 (1.0–3.0)" },
    { what: "one number where all runs agree", values: [1500, 1500], shown: "1,500.0" },
    { what: "why there is no value", values: "failed", shown: "failed" },
    { what: "a dash for a tool that was not measured", values: undefined, shown: "–" },
  ])("shows $what", ({ values, shown }) => {
    expect(formatResult(figure(values), "ours")).toBe(shown);
  });

  it.each([
    { what: "is reached by a median at it", values: [9, 2, 1], most: 2, reached: true },
    { what: "is missed by a median above it", values: [9, 3, 1], most: 2, reached: false },
    { what: "is neither without values", values: "failed", most: 2, reached: undefined },
    { what: "is neither where there is none", values: [1], most: undefined, reached: undefined },
  ])("whose goal $what", ({ values, most, reached }) => {
    expect(isReached(figure(values, most), "ours")).toBe(reached);
  });

  it("shows its goal with the remark", () => {
    expect(formatGoal(figure([1], 4840))).toBe("≤ 4,840.0 (always)");
    expect(formatGoal(figure([1]))).toBe("");
  });
});
