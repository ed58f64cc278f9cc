import { describe, expect, it } from "vitest";
import { EventDelay } from "../../../../extension/stream/eventDelay.ts";

function delayOf(...delays: readonly number[]): number {
  const delay = new EventDelay();
  for (const each of delays) delay.add(each);
  return delay.ms;
}

const times = (count: number, delayMs: number): readonly number[] =>
  Array.from({ length: count }, () => delayMs);

describe("EventDelay", () => {
  it.each<[string, readonly number[], number]>([
    ["is without a bound before anything was seen", [], Infinity],
    ["is the longer one of two", [30, 80], 80],
    ["leaves one of ten out, however long that took", [...times(9, 20), 5_000], 20],
    ["forgets what was long ago", [...times(100, 150), ...times(32, 10)], 10],
    ["grows when most take longer than before", [...times(32, 10), ...times(5, 150)], 150],
    ["is negative where the other clock is ahead", times(3, -500), -500],
  ])("%s", (_, delays, expected) => {
    expect(delayOf(...delays)).toBe(expected);
  });

  it("changes with what is added after it was asked", () => {
    const delay = new EventDelay();
    delay.add(10);
    expect(delay.ms).toBe(10);
    delay.add(40);
    expect(delay.ms).toBe(40);
  });
});
