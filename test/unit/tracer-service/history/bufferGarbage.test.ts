import { expect, it } from "vitest";

import { BufferGarbage } from "../../../../tracer-service/history/bufferGarbage.ts";

const MIB = 1_048_576;

it("has buffers collected when 8 MiB have come since the last time", () => {
  let bytes = 3 * MIB;
  let collections = 0;
  const garbage = new BufferGarbage({
    bytes: () => bytes,
    collect: () => {
      collections++;
      bytes = 4 * MIB;
    },
  });
  const told = [10, 10.9, 11, 11, 12, 2, 9.9, 10].map((mib) => {
    bytes = mib * MIB;
    garbage.collect();
    return collections;
  });
  // Less than before is the new beginning: 8 MiB from there.
  expect(told).toEqual([0, 0, 1, 1, 2, 2, 2, 3]);
});

it("does without where the engine offers no collection", () => {
  let bytes = 0;
  const garbage = new BufferGarbage({ bytes: () => bytes, collect: undefined });
  bytes = 100 * MIB;
  expect(() => {
    garbage.collect();
  }).not.toThrow();
});
