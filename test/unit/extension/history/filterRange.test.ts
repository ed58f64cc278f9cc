import { describe, expect, it } from "vitest";

import { filterRange } from "../../../../extension/history/filterRange.ts";

describe("filterRange", () => {
  it.each([
    ["both ends", "curl since:2026-01-02T03:04:05Z until:2026-01-02T04:00:00Z", [5, 3_360]],
    ["one end, in quotes", 'until:"2026-01-02 04:00:00Z"', [undefined, 3_360]],
  ] as const)("finds %s", (_, expression, [since, until]) => {
    const base = Date.UTC(2026, 0, 2, 3, 4, 0);
    const ms = (seconds: number | undefined): number | undefined =>
      seconds === undefined ? undefined : base + seconds * 1_000;
    expect(filterRange(expression)).toEqual({ sinceMs: ms(since), untilMs: ms(until) });
  });

  it.each(["", "curl", "since:2h", "-since:2026-01-02", "xsince:2026-01-02", "since:2026-99-99"])(
    "finds none in %j",
    (text) => {
      expect(filterRange(text)).toBeUndefined();
    },
  );
});
