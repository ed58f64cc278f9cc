import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { readCommandLines } from "../../../../tracer-service/proc/commandLines.ts";

const own = readFileSync("/proc/self/cmdline");

describe("readCommandLines", () => {
  it("reads what processes show, whole", () => {
    const { found, unread } = readCommandLines([process.pid, 1], 32_768);
    expect(found.get(process.pid)).toEqual(own);
    expect(found.get(1)).toEqual(readFileSync("/proc/1/cmdline"));
    expect(unread).toBe(0);
  });

  it("reads no more than it is to", () => {
    expect(readCommandLines([process.pid], 3).found.get(process.pid)).toEqual(own.subarray(0, 3));
  });

  it("finds nothing of a process that is gone", () => {
    const { found, unread } = readCommandLines([0, process.pid], 3);
    expect(found.get(0)).toEqual(Buffer.alloc(0));
    expect(found.get(process.pid)).toHaveLength(3);
    expect(unread).toBe(0);
  });

  it("takes as many pids as there can be", () => {
    const pids = Array.from({ length: 65_536 }, (_, i) => 5_000_000 + i);
    const { found, unread } = readCommandLines([...pids, process.pid], 128, 20_000);
    expect(found.size).toBe(pids.length + 1);
    expect(unread).toBe(0);
  });

  it("says of how many it had no time to read", () => {
    expect(readCommandLines([process.pid, 1], 128, 1)).toEqual({ found: new Map(), unread: 2 });
  });

  it("says so where no process can be started that reads, as beside a fork bomb", () => {
    const { execPath } = process;
    process.execPath = "/nonexistent";
    try {
      const { found, unread, failure } = readCommandLines([process.pid, 1], 128);
      expect([found.size, unread]).toEqual([0, 2]);
      expect(failure?.message).toContain("ENOENT");
    } finally {
      process.execPath = execPath;
    }
  });
});
