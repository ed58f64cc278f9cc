import { describe, expect, it } from "vitest";

import { decimalOf, execId, execIdAt } from "../../../../tracer-service/decode/execId.ts";
import { recordMemory } from "../../../../tracer-service/kernel/ringBuffer.ts";

const NUMBERS = [
  0n,
  1n,
  999_999_999n,
  1_000_000_000n,
  4_294_967_295n,
  4_294_967_296n,
  9_000_000_000_000_000n - 1n,
  8_999_999_999_999_999n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 64n - 1n,
];

describe("an exec's id", () => {
  it.each(NUMBERS)("has the digits of %s", (number) => {
    expect(decimalOf(Number(number & 0xffff_ffffn), Number(number >> 32n))).toBe(String(number));
  });

  it("has the digits of any number", () => {
    for (let i = 0; i < 20_000; i++) {
      const [high, low] = [Math.trunc(Math.random() * 0x40_0000), Math.trunc(Math.random() * 0x1_0000_0000)];
      expect(decimalOf(low, high)).toBe(String((BigInt(high) << 32n) | BigInt(low)));
    }
  });

  it("is the same from a record", () => {
    const memory = recordMemory(BigUint64Array.of(0n, 123_456_789_012n).buffer);
    expect(execIdAt(920_684, memory, 8, 3)).toBe(execId(920_684, 123_456_789_012n, 3));
  });

  it("is never another's, whatever was asked for before", () => {
    const starts = [1n, 2n, 1n + (1n << 32n), 2n ** 63n];
    const memory = recordMemory(BigUint64Array.from(starts).buffer);
    for (let i = 0; i < 5_000; i++) {
      const [pid, number] = [5 + 1_024 * Math.trunc(Math.random() * 3), Math.trunc(Math.random() * 3)];
      const at = Math.trunc(Math.random() * starts.length);
      expect(execIdAt(pid, memory, 8 * at, number)).toBe(execId(pid, starts[at] ?? 0n, number));
    }
  });
});
