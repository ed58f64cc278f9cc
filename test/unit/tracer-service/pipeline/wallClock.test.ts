import { describe, expect, it } from "vitest";

import { WallClock } from "../../../../tracer-service/pipeline/wallClock.ts";

describe("WallClock", () => {
  it.each([
    ["keeps its offset while it drifts a little", 1000n, 100_000n, 1000n],
    ["and a little back", 1000n, -99_000n, 1000n],
    ["follows a change of the wall clock", 1000n, 200_000n, 200_000n],
    ["and one back", 1_000_000n, -5_000_000_000n, -5_000_000_000n],
  ])("%s", (_name, first, then, used) => {
    let offset = first;
    const clock = new WallClock(() => offset);
    expect(clock.date(5n)).toBe(first + 5n);
    offset = then;
    expect(clock.date(5n)).toBe(first + 5n);
    clock.adjust();
    expect(clock.date(5n)).toBe(used + 5n);
  });

  it("follows a slow drift in the end", () => {
    let offset = 0n;
    const clock = new WallClock(() => offset);
    for (let i = 0; i < 100; i++) {
      offset += 10_000n;
      clock.adjust();
      const error = clock.date(0n) - offset;
      expect(error <= 100_000n && error >= -100_000n).toBe(true);
    }
  });
});
