import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SequenceGaps } from "../../../../tracer-service/pipeline/sequenceGaps.ts";

function missing(records: readonly (readonly [type: string, cpu: number, seq: number])[]): number {
  const gaps = new SequenceGaps();
  for (const [type, cpu, seq] of records) gaps.see(type, cpu, seq);
  return gaps.missing;
}

describe("SequenceGaps", () => {
  it.each<[string, [string, number, number][], number]>([
    ["none at all", [], 0],
    [
      "all in a row",
      [
        ["exec", 0, 1],
        ["exec", 0, 2],
        ["exec", 0, 3],
      ],
      0,
    ],
    [
      "a hole",
      [
        ["exec", 0, 1],
        ["exec", 0, 5],
      ],
      3,
    ],
    ["the first ones", [["exec", 0, 4]], 3],
    [
      "holes of each CPU",
      [
        ["exec", 0, 2],
        ["exec", 1, 3],
        ["exec", 0, 3],
      ],
      3,
    ],
    [
      "holes of each type",
      [
        ["exec", 0, 1],
        ["exit", 0, 3],
      ],
      2,
    ],
    [
      "CPUs with high numbers",
      [
        ["exec", 4095, 1],
        ["exec", 63, 2],
        ["exec", 64, 2],
        ["exec", 4095, 2],
      ],
      2,
    ],
    [
      "a repeated record",
      [
        ["exec", 0, 1],
        ["exec", 0, 1],
        ["exec", 0, 2],
      ],
      0,
    ],
  ])("counts %s", (_name, records, expected) => {
    expect(missing(records)).toBe(expected);
  });

  it("takes the first that arrive for the first, where earlier ones were read by others", () => {
    const gaps = new SequenceGaps(false);
    for (const [cpu, seq] of [
      [0, 41],
      [1, 7],
      [0, 44],
    ] as const) {
      gaps.see("exec", cpu, seq);
    }
    expect(gaps.missing).toBe(2);
  });

  it("counts what was taken out of any sequence, but what was after the last", () => {
    const kept = fc.array(fc.boolean(), { maxLength: 100 });
    fc.assert(
      fc.property(kept, fc.nat(5000), (keep, cpu) => {
        const last = keep.lastIndexOf(true);
        const seen = keep.flatMap((isKept, i) => (isKept ? [["exec", cpu, i + 1] as const] : []));
        expect(missing(seen)).toBe(keep.slice(0, last + 1).filter((isKept) => !isKept).length);
      }),
    );
  });
});
