import { describe, expect, it } from "vitest";

import { RingPressure } from "../../../../tracer-service/pipeline/ringPressure.ts";

const MIB = 1024 * 1024;

function warnings(sizeBytes: number, used: readonly number[]): { messages: string[]; peakBytes: number } {
  const messages: string[] = [];
  const warn = (_fields: object, message: string): number => messages.push(message);
  const pressure = new RingPressure(sizeBytes, { info: () => undefined, warn, error: () => undefined });
  for (const bytes of used) pressure.see(bytes);
  return { messages, peakBytes: pressure.peakBytes };
}

describe("RingPressure", () => {
  it.each([
    { name: "while there is room", sizeMiB: 16, used: [MIB, 12.8 * MIB], count: 0 },
    { name: "once when there was little", sizeMiB: 16, used: [MIB, 13 * MIB, MIB, 14 * MIB], count: 1 },
  ])("warns $name", ({ sizeMiB, used, count }) => {
    const { messages, peakBytes } = warnings(sizeMiB * MIB, used);
    expect(messages).toHaveLength(count);
    expect(peakBytes).toBe(Math.max(...used));
  });

  it.each([
    [16, "--ring-size 32"],
    [0.0625, "--ring-size 0.125"],
    [512, "--ring-size 1024"],
    [1024, "it can't be larger"],
  ])("names the figure to set for a ring of %d MiB", (sizeMiB, said) => {
    expect(warnings(sizeMiB * MIB, [sizeMiB * MIB]).messages).toEqual([expect.stringContaining(said)]);
  });
});
