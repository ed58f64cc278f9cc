import { describe, expect, it } from "vitest";
import { EventDelay } from "../../../../extension/stream/eventDelay.ts";

describe("EventDelay", () => {
  it("is without a bound before anything was seen", () => {
    expect(new EventDelay(1000).ms).toBe(Infinity);
  });

  it("is the longest of one period at least, and of two at most", () => {
    const delay = new EventDelay(1000);
    delay.add(30, 0);
    delay.add(80, 10);
    delay.add(20, 999);
    expect(delay.ms).toBe(80);
    delay.add(5, 1500);
    expect(delay.ms).toBe(80);
    delay.add(7, 2600);
    expect(delay.ms).toBe(7);
  });

  it("is negative where the other clock is ahead", () => {
    const delay = new EventDelay(1000);
    delay.add(-500, 0);
    expect(delay.ms).toBe(-500);
  });
});
