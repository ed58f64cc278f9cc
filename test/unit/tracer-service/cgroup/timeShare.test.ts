import { describe, expect, it } from "vitest";

import { TimeShare } from "../../../../tracer-service/cgroup/timeShare.ts";

describe("TimeShare", () => {
  it("does what is quick each time, and what is slow for a twentieth of the time", () => {
    let now = 0;
    const share = new TimeShare(() => now);
    const spend = (durationMs: number): boolean =>
      share.spend(() => {
        now += durationMs;
      });
    expect(Array.from({ length: 20 }, () => spend(1))).not.toContain(false);
    expect(spend(1000)).toBe(true);
    const begin = now;
    while (!spend(1000)) now += 10;
    // Of the 200 ms that were saved up, 20 had been spent.
    expect(now - begin).toBeGreaterThanOrEqual(20 * (1000 - 181));
    now += 3_600_000;
    expect([spend(150), spend(1000), spend(1)]).toEqual([true, true, false]);
  });
});
