import { describe, expect, it } from "vitest";

import {
  formatNumbersLeft,
  isOvertaken,
  numbersAfter,
  parseNumbersLeft,
  type NumbersLeft,
} from "../../../../tracer-service/history/numbersLeft.ts";

const left: NumbersLeft = { run: "run", ring: "ring", through: 5_000, ended: false };

describe("numbersAfter", () => {
  it.each([
    ["of no run", undefined, undefined, { withHistory: 0, without: 0 }],
    ["of a run that crashed", left, undefined, { withHistory: 5_000, without: 5_000 }],
    ["of a run that ended", { ...left, ended: true }, undefined, { withHistory: 5_000, without: 5_000 }],
    ["of a ring that is still there", left, { name: "ring", lastSeq: 300 }, { withHistory: 0, without: 300 }],
    [
      "of another ring than the one that is there",
      left,
      { name: "other", lastSeq: 300 },
      { withHistory: 5_000, without: 5_000 },
    ],
    [
      "of an older run than the ring knows",
      left,
      { name: "other", lastSeq: 6_000 },
      { withHistory: 5_000, without: 6_000 },
    ],
    ["of a ring only", undefined, { name: "other", lastSeq: 300 }, { withHistory: 0, without: 300 }],
  ])("goes on with the numbers %s", (_, of, ring, expected) => {
    expect(numbersAfter(of, ring, false)).toEqual(expected);
  });

  it("goes on behind all that were reserved where events of a ring that is still there were overtaken", () => {
    expect(numbersAfter(left, { name: "ring", lastSeq: 300 }, true)).toEqual({
      withHistory: 5_000,
      without: 5_000,
    });
  });
});

describe("isOvertaken", () => {
  const ring = { name: "ring", lastSeq: 300 };

  it.each([
    ["a run that noted it and crashed", left, ring, true, true],
    ["a run that noted nothing", left, ring, false, false],
    ["a run that ended", { ...left, ended: true }, ring, true, false],
    ["another ring", left, { name: "other", lastSeq: 300 }, true, false],
    ["a ring that is gone", left, undefined, true, false],
    ["no run", undefined, ring, true, false],
  ])("tells of %s", (_, of, from, noted, expected) => {
    expect(isOvertaken(of, from, noted)).toBe(expected);
  });
});

describe("parseNumbersLeft", () => {
  it("gives back what was written", () => {
    expect(parseNumbersLeft(formatNumbersLeft(left))).toEqual(left);
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["a part of it", '{"run":"run","ring":"ring"}'],
    ["a negative number", JSON.stringify({ ...left, through: -1 })],
    ["a number that is not whole", JSON.stringify({ ...left, through: 1.5 })],
    ["a number that can't be counted on from", JSON.stringify({ ...left, through: 2 ** 53 })],
    ["a text for a number", JSON.stringify({ ...left, through: "5" })],
    ["a run without a name", JSON.stringify({ ...left, run: "" })],
    ["a name without an end", JSON.stringify({ ...left, ring: "r".repeat(500) })],
    ["more than it can be", `${JSON.stringify(left)}${" ".repeat(2_000)}`],
  ])("takes no %s", (_, text) => {
    expect(() => parseNumbersLeft(text)).toThrow();
  });
});
