import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { meanOf, percentile, spreadOf } from "../../../../bench/tracer/spread.ts";

const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });

describe("spreadOf", () => {
  it.each([
    { of: [5], spread: { median: 5, min: 5, max: 5 } },
    { of: [10, 2, 9], spread: { median: 9, min: 2, max: 10 } },
    { of: [4, 1, 3, 2], spread: { median: 2.5, min: 1, max: 4 } },
  ])("of $of", ({ of, spread }) => {
    expect(spreadOf(of)).toEqual(spread);
  });

  it("throws without values", () => {
    expect(() => spreadOf([])).toThrow("no values");
  });
});

describe("meanOf", () => {
  it.each([
    { of: [5], mean: 5, standardError: 0 },
    { of: [1, 3], mean: 2, standardError: 1 },
    { of: [2, 4, 4, 4, 5, 5, 7, 9], mean: 5, standardError: Math.sqrt(32 / 7 / 8) },
  ])("of $of", ({ of, mean, standardError }) => {
    expect(meanOf(of)).toEqual({ mean, standardError });
  });

  it("throws without values", () => {
    expect(() => meanOf([])).toThrow("no values");
  });
});

describe("percentile", () => {
  it("lies between the extremes and grows with the part", () => {
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (all, part) => {
        const { min, max, median } = spreadOf(all);
        const at = percentile(all, part);
        expect(at).toBeGreaterThanOrEqual(min);
        expect(at).toBeLessThanOrEqual(max);
        if (part >= 0.5) expect(at).toBeGreaterThanOrEqual(median);
      }),
    );
  });

  it("is the last but one of a hundred and one values at 99 %", () => {
    expect(
      percentile(
        Array.from({ length: 101 }, (_, i) => 100 - i),
        0.99,
      ),
    ).toBe(99);
  });
});
