import { describe, expect, it } from "vitest";
import { suiteTotals, totalLine } from "../../../scripts/testTotals.mjs";

function report(passed: number, failed: number, skipped: number, todo = 0): string {
  return JSON.stringify({
    numTotalTests: passed + failed + skipped + todo,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: todo,
  });
}

describe("suiteTotals", () => {
  it.each([
    ["all passed", report(3, 0, 0), true, { passed: 3, failed: 0, skipped: 0 }],
    ["one failed", report(2, 1, 0), false, { passed: 2, failed: 1, skipped: 0 }],
    ["some are skipped or to do", report(2, 0, 3, 1), true, { passed: 2, failed: 0, skipped: 4 }],
  ])("counts what the report counted when %s", (_when, text, succeeded, totals) => {
    expect(suiteTotals({ report: text, succeeded, inCi: false })).toEqual({ ...totals, problem: undefined });
  });

  it.each([
    ["there are no tests", report(0, 0, 0), true, false, "no tests were found"],
    ["a file could not be loaded", report(2, 0, 0), false, false, "it failed outside of a test"],
    ["there is no report", undefined, true, false, "it wrote no report"],
    ["the report is cut off", '{"numTotalTests":', false, false, "it wrote no report"],
    ["CI skips a test", report(2, 0, 1), true, true, "1 skipped, and CI=true allows none"],
  ])("counts one failure when %s", (_when, text, succeeded, inCi, problem) => {
    expect(suiteTotals({ report: text, succeeded, inCi })).toMatchObject({ failed: 1, problem });
  });
});

describe("totalLine", () => {
  const part = { passed: 1, failed: 0, skipped: 0 };

  it.each([
    ["2 passed, 0 failed", [part, part]],
    ["1 passed, 2 failed", [part, { passed: 0, failed: 2, skipped: 0 }]],
    ["1 passed, 0 failed, 5 skipped", [part, { passed: 0, failed: 0, skipped: 5 }]],
  ])("sums to %j", (line, parts) => {
    expect(totalLine(parts)).toBe(line);
  });
});
