import { describe, expect, it } from "vitest";

import { WallClock, type ClockMemory } from "../../../../tracer-service/pipeline/wallClock.ts";

const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
const DAY = 24n * HOUR;

/** Two clocks that a test sets, and what outlives the services that read them. */
class FakeClocks implements ClockMemory {
  bootNs = DAY;
  offsetNs = 1000n * DAY;
  clockSeenNs = 0n;
  readonly steps: { sinceNs: bigint; offsetNs: bigint }[] = [];

  clockSteps(): { sinceNs: bigint; offsetNs: bigint }[] {
    return [...this.steps];
  }

  putClockStep(step: { sinceNs: bigint; offsetNs: bigint }, inPlace: boolean): void {
    if (inPlace) this.steps.pop();
    this.steps.push(step);
  }

  /** A service that begins to read now. */
  start(): WallClock {
    return new WallClock(() => ({ bootNs: this.bootNs, offsetNs: this.offsetNs }), this);
  }
}

describe("WallClock", () => {
  it.each([
    ["keeps its offset while it drifts a little", 100_000n, 0n],
    ["and a little back", -99_000n, 0n],
    ["follows a change of the wall clock", HOUR, HOUR],
    ["and one back", -5n * HOUR, -5n * HOUR],
  ])("%s", (_name, change, used) => {
    const clocks = new FakeClocks();
    const clock = clocks.start();
    const before = clocks.offsetNs;
    expect(clock.date(clocks.bootNs)).toBe(clocks.bootNs + before);
    clocks.offsetNs += change;
    clocks.bootNs += SECOND;
    clock.adjust();
    expect(clock.date(clocks.bootNs)).toBe(clocks.bootNs + before + used);
  });

  it("dates what happened before a change as the clock showed it then, also when it is read later", () => {
    const clocks = new FakeClocks();
    const clock = clocks.start();
    const before = clocks.offsetNs;
    const happenedNs = clocks.bootNs + SECOND;
    for (const change of [HOUR, -3n * HOUR, 7n * DAY]) {
      clocks.bootNs += 2n * SECOND;
      clocks.offsetNs += change;
      clock.adjust();
    }
    expect(clock.date(happenedNs)).toBe(happenedNs + before);
    expect(clock.date(happenedNs + 2n * SECOND)).toBe(happenedNs + 2n * SECOND + before + HOUR);
  });

  it("follows a clock that is slewed, and remembers few steps of it", () => {
    const clocks = new FakeClocks();
    const clock = clocks.start();
    for (let i = 0; i < 1000; i++) {
      clocks.offsetNs += 50_000n;
      clocks.bootNs += SECOND / 4n;
      clock.adjust();
      const error = clock.date(clocks.bootNs) - clocks.bootNs - clocks.offsetNs;
      expect(error <= 100_000n && error >= -100_000n).toBe(true);
    }
    expect(clocks.steps.length).toBeLessThan(10);
  });

  it("knows the boot clock, whatever the wall clock does", () => {
    const clocks = new FakeClocks();
    const clock = clocks.start();
    clocks.offsetNs -= DAY;
    clocks.bootNs += 5n;
    expect(clock.nowBootNs()).toBe(DAY + 5n);
  });
});

describe("a WallClock that goes on where another stopped", () => {
  it("dates what happened before its time as the other would have", () => {
    const clocks = new FakeClocks();
    const first = clocks.start();
    const happenedNs = clocks.bootNs + 1n;
    clocks.bootNs += HOUR;
    clocks.offsetNs -= DAY;
    first.adjust();
    clocks.bootNs += HOUR;
    const second = clocks.start();
    expect(second.date(happenedNs)).toBe(first.date(happenedNs));
    expect(second.date(clocks.bootNs)).toBe(clocks.bootNs + clocks.offsetNs);
    expect(second.unseenChange).toBeUndefined();
  });

  it("says when the clock was set while nobody looked, and keeps to what it showed before", () => {
    const clocks = new FakeClocks();
    clocks.start();
    const [seenNs, before] = [clocks.bootNs, clocks.offsetNs];
    clocks.bootNs += HOUR;
    clocks.offsetNs += DAY;
    const second = clocks.start();
    expect(second.unseenChange).toEqual({ firstNs: seenNs, lastNs: clocks.bootNs, byNs: DAY });
    const betweenNs = seenNs + HOUR / 2n;
    expect(second.date(betweenNs)).toBe(betweenNs + before);
    expect(second.date(clocks.bootNs)).toBe(clocks.bootNs + clocks.offsetNs);
    // The one after it knows of that change.
    expect(clocks.start().unseenChange).toBeUndefined();
  });

  it("takes a small change for a clock that was corrected little by little", () => {
    const clocks = new FakeClocks();
    clocks.start();
    const [seenNs, before] = [clocks.bootNs, clocks.offsetNs];
    clocks.bootNs += 2n * HOUR;
    clocks.offsetNs += SECOND;
    const second = clocks.start();
    expect(second.unseenChange).toBeUndefined();
    const lateNs = seenNs + HOUR + HOUR / 2n;
    expect(second.date(lateNs)).toBe(lateNs + before + SECOND / 2n);
  });
});
