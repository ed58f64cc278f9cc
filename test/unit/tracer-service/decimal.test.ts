import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decimal, decimalOfLong, nineDigits } from "../../../tracer-service/decimal.ts";

const EDGES = [0, 1, 9, 10, 999, 1_000, 1_001, 999_999, 1_000_000, 1_000_001, 999_999_999, 1_000_000_000];
const LARGE = [8_999_999_999_999_999, 4_503_599_627_370_496, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e21];
const ODD = [-1, -1_000, 0.5, 1_000.5, 1_000_000.25, 1e9 + 0.5, NaN, Infinity, -Infinity];

describe("digits put together of parts", () => {
  it.each([...EDGES, ...LARGE, ...ODD])("are those of %s", (number) => {
    expect(decimal(number)).toBe(String(number));
  });

  it("are those of any number", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(2_000_000), fc.maxSafeInteger(), fc.double()), (number) => {
        // String(-0) has no sign either.
        expect(decimal(number)).toBe(String(number));
      }),
      { numRuns: 5_000 },
    );
  });

  it("are those below a whole number of billions, where a quotient is rounded up", () => {
    for (let billions = 1; billions < 9_007_199; billions += 997) {
      const number = billions * 1_000_000_000 - 1;
      expect(decimal(number)).toBe(String(number));
    }
  });

  it("are those of a number of 64 bits", () => {
    for (const number of [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, -1n, -(2n ** 60n)]) {
      expect(decimalOfLong(number)).toBe(String(number));
    }
  });

  it("have zeros in front where there have to be nine", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(1_000), fc.nat(999_999_999)), (number) => {
        expect(nineDigits(number)).toBe(String(number).padStart(9, "0"));
      }),
    );
  });
});
