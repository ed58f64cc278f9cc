import { describe, expect, it } from "vitest";
import type { Clock } from "../../../../extension/clock.ts";
import { RefreshLimit } from "../../../../extension/views/refreshLimit.ts";

/** A clock that stands still until it is moved. */
class TestClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { atMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  move(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
  }
}

function setUp(): { clock: TestClock; limit: RefreshLimit; refreshes: (readonly string[] | undefined)[] } {
  const clock = new TestClock();
  const refreshes: (readonly string[] | undefined)[] = [];
  const limit = new RefreshLimit(clock, (items) => refreshes.push(items));
  return { clock, limit, refreshes };
}

describe("RefreshLimit", () => {
  it("passes the first change on at once", () => {
    const { limit, refreshes } = setUp();
    limit.add(["a"]);
    expect(refreshes).toEqual([["a"]]);
  });

  it("passes what follows on after a second, each item once", () => {
    const { clock, limit, refreshes } = setUp();
    limit.add(["a"]);
    for (let index = 0; index < 50; index++) limit.add(["b", "c"]);
    clock.move(999);
    expect(refreshes).toHaveLength(1);
    clock.move(1);
    expect(refreshes).toEqual([["a"], ["b", "c"]]);
  });

  it("refreshes everything once when one of the changes asks for it", () => {
    const { clock, limit, refreshes } = setUp();
    limit.add(["a"]);
    limit.add(["b"]);
    limit.add([], true);
    clock.move(1_000);
    expect(refreshes).toEqual([["a"], undefined]);
    limit.add(["c"]);
    clock.move(1_000);
    expect(refreshes[2]).toEqual(["c"]);
  });

  it("lets an item rest whose tooltip is read, and only that one", () => {
    const { clock, limit, refreshes } = setUp();
    limit.hold("a");
    limit.add(["a", "b"]);
    limit.add(["a"]);
    clock.move(1_000);
    limit.add(["c"]);
    expect(refreshes).toEqual([["b"], ["c"]]);
    clock.move(4_999);
    expect(refreshes).toHaveLength(2);
    clock.move(1);
    expect(refreshes.slice(2)).toEqual([["a"]]);
  });

  it("refreshes everything also while a tooltip is read", () => {
    const { limit, refreshes } = setUp();
    limit.hold("a");
    limit.add(["a"]);
    limit.add([], true);
    expect(refreshes).toEqual([undefined]);
  });

  it("does nothing for no change, and nothing after its end", () => {
    const { clock, limit, refreshes } = setUp();
    limit.add([]);
    expect(refreshes).toEqual([]);
    limit.add(["a"]);
    limit.add(["b"]);
    limit.dispose();
    clock.move(5_000);
    expect(refreshes).toEqual([["a"]]);
  });
});
