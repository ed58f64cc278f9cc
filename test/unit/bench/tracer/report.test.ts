import { describe, expect, it } from "vitest";

import { delaysMs } from "../../../../bench/tracer/figures/latency.ts";
import { formatReport } from "../../../../bench/tracer/report.ts";

describe("formatReport", () => {
  it("sets ours, marked by whether the goal is reached, beside the others", () => {
    const results = new Map([
      ["ours", [2]],
      ["all of ours", [3]],
      ["theirs", [30]],
    ]);
    const report = formatReport(
      [
        { title: "time, ms", digits: 0, goal: { most: 2 }, results },
        { title: "memory, MB", digits: 0, goal: { most: 1 }, results },
        { title: "calls", digits: 0, goal: undefined, results },
      ],
      ["ours", "all of ours"],
      ["theirs"],
    );
    expect(report.split("\n")).toEqual([
      "figure: median (min–max)  goal  ours  all of ours  theirs",
      "────────────────────────  ────  ────  ───────────  ──────",
      "time, ms                   ≤ 2   2 ✓          3 ✗      30",
      "memory, MB                 ≤ 1   2 ✗          3 ✗      30",
      "calls                              2            3      30",
    ]);
  });
});

describe("delaysMs", () => {
  const run = { spawnedNs: BigUint64Array.from([1_000_000n, 2_000_000n]), count: 2 };

  it("takes each line's time from its own spawn", () => {
    const timesNs = new Map([
      [1, 5_500_000n],
      [0, 2_000_000n],
    ]);
    expect(delaysMs(run, { timesNs, repeated: 0, lost: 0 })).toEqual([3.5, 1]);
  });

  it("throws when no line came", () => {
    expect(() => delaysMs(run, { timesNs: new Map(), repeated: 0, lost: 0 })).toThrow(
      "no line came of 2 execs",
    );
  });
});
