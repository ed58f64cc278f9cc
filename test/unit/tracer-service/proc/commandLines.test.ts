import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { readTimeOffsets } from "../../../../tracer-service/kernel/timeOffsets.ts";
import { readCommandLines } from "../../../../tracer-service/proc/commandLines.ts";

const own = readFileSync("/proc/self/cmdline");
const self = { pid: process.pid, startNs: startOf(process.pid) };
const init = { pid: 1, startNs: startOf(1) };

/** ns, as far as /proc tells it. */
function startOf(pid: number): bigint {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return BigInt(ticks) * 10_000_000n - readTimeOffsets().bootNs;
}

describe("readCommandLines", () => {
  it("reads what processes show, whole", () => {
    const { found, unread } = readCommandLines([self, init], 32_768);
    expect(found.get(process.pid)).toEqual(own);
    expect(found.get(1)).toEqual(readFileSync("/proc/1/cmdline"));
    expect(unread).toBe(0);
  });

  it("reads no more than it is to", () => {
    expect(readCommandLines([self], 3).found.get(process.pid)).toEqual(own.subarray(0, 3));
  });

  it("finds nothing of a process that is gone", () => {
    const { found, unread } = readCommandLines([{ pid: 0, startNs: 0n }, self], 3);
    expect(found.get(0)).toEqual(Buffer.alloc(0));
    expect(found.get(process.pid)).toHaveLength(3);
    expect(unread).toBe(0);
  });

  it("finds nothing of who has the pid of a process that is gone", () => {
    const before = { ...self, startNs: self.startNs - 10_000_000n };
    expect(readCommandLines([before], 128)).toMatchObject({ found: new Map([[self.pid, Buffer.alloc(0)]]) });
    const inTheTick = { ...self, startNs: self.startNs + 9_999_999n };
    expect(readCommandLines([inTheTick], own.length).found.get(self.pid)).toEqual(own);
  });

  it("takes as many pids as there can be", () => {
    const gone = Array.from({ length: 65_536 }, (_, i) => ({ pid: 5_000_000 + i, startNs: 1n << 62n }));
    const { found, unread } = readCommandLines([...gone, self], 128, 20_000);
    expect(found.size).toBe(gone.length + 1);
    expect(unread).toBe(0);
  });

  it("says of how many it had no time to read", () => {
    expect(readCommandLines([self, init], 128, 1)).toEqual({ found: new Map(), unread: 2 });
  });

  it("says so where no process can be started that reads, as beside a fork bomb", () => {
    const { execPath } = process;
    process.execPath = "/nonexistent";
    try {
      const { found, unread, failure } = readCommandLines([self, init], 128);
      expect([found.size, unread]).toEqual([0, 2]);
      expect(failure?.message).toContain("ENOENT");
    } finally {
      process.execPath = execPath;
    }
  });
});
