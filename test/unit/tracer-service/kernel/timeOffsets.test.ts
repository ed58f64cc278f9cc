import { expect, it } from "vitest";

import { parseTimeOffsets } from "../../../../tracer-service/kernel/timeOffsets.ts";

it.each([
  ["no namespace of its own", "monotonic           0         0\nboottime            0         0\n", 0n, 0n],
  [
    "clocks ahead and behind",
    "monotonic        -600 500000000\nboottime       86400         7\n",
    -599_500_000_000n,
    86_400_000_000_007n,
  ],
])("reads the offsets of clocks with %s", (_, text, monotonicNs, bootNs) => {
  expect(parseTimeOffsets(text)).toEqual({ monotonicNs, bootNs });
});

it.each([
  ["nothing", ""],
  ["one clock only", "monotonic 0 0\n"],
  ["no numbers", "monotonic a b\nboottime 0 0\n"],
])("refuses to date events by %s", (_, text) => {
  expect(() => parseTimeOffsets(text)).toThrow("/proc/self/timens_offsets does not tell the offset");
});
