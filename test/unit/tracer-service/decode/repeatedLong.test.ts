import { expect, it } from "vitest";

import { RepeatedLong } from "../../../../tracer-service/decode/repeatedLong.ts";
import { recordMemory } from "../../../../tracer-service/kernel/ringBuffer.ts";

it("reads what is there, whether it is the same again or differs in one half only", () => {
  const numbers = [0n, 1n, 1n, 1n << 32n, (1n << 32n) | 1n, 2n ** 64n - 1n, 2n ** 64n - 1n, 0n];
  const memory = recordMemory(BigUint64Array.from(numbers).buffer);
  const reader = new RepeatedLong();
  expect(numbers.map((_, i) => reader.read(memory, 8 * i))).toEqual(numbers);
});
