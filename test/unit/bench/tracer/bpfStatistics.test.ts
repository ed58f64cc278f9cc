import { describe, expect, it } from "vitest";

import { parseFdinfo, runsBetween } from "../../../../bench/tracer/bpfStatistics.ts";

describe("parseFdinfo", () => {
  it.each([
    {
      what: "a program: its statistics",
      text: "pos:\t0\nprog_type:\t26\nprog_id:\t77\nrun_time_ns:\t123456\nrun_cnt:\t78\nrecursion_misses:\t0\n",
      found: { id: 77, statistics: { id: 77, runTimeNs: 123_456, runCount: 78 } },
    },
    {
      what: "a link: only which program it holds",
      text: "pos:\t0\nlink_type:\ttracing\nlink_id:\t9\nprog_id:\t77\n",
      found: { id: 77, statistics: undefined },
    },
    {
      what: "anything else: nothing",
      text: "pos:\t0\nflags:\t02\n",
      found: { id: undefined, statistics: undefined },
    },
  ])("of $what", ({ text, found }) => {
    expect(parseFdinfo(text)).toEqual(found);
  });
});

describe("runsBetween", () => {
  it("tells how often and how long each program ran, of those that did", () => {
    const before = [
      { id: 1, runTimeNs: 100, runCount: 2 },
      { id: 2, runTimeNs: 70, runCount: 1 },
    ];
    const after = [
      { id: 3, runTimeNs: 9, runCount: 1 },
      { id: 2, runTimeNs: 70, runCount: 1 },
      { id: 1, runTimeNs: 400, runCount: 5 },
    ];
    expect(runsBetween(before, after)).toEqual([
      { id: 3, runTimeNs: 9, runCount: 1 },
      { id: 1, runTimeNs: 300, runCount: 3 },
    ]);
  });
});
