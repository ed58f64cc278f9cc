import { beforeEach, describe, expect, it } from "vitest";

import { LINES_A_WINDOW, LineLimit, WINDOW_MS } from "../../../../tracer-service/output/lineLimit.ts";

const MAX_KINDS = 64;
let limit: LineLimit<number>;

beforeEach(() => {
  limit = new LineLimit(MAX_KINDS);
});

describe("LineLimit", () => {
  it("gives the first ones of a window a line, and counts the others exactly", () => {
    const admitted = Array.from({ length: 30 }, (_, index) => limit.admit("a", index, index));
    expect(admitted.filter((each) => each)).toHaveLength(LINES_A_WINDOW);
    expect(limit.dueMs).toBe(WINDOW_MS);
    expect(limit.take(WINDOW_MS - 1)).toEqual([]);
    expect(limit.take(WINDOW_MS)).toEqual([
      { first: LINES_A_WINDOW, latest: 29, count: 30 - LINES_A_WINDOW, isMixed: false },
    ]);
    expect(limit.take(WINDOW_MS)).toEqual([]);
    expect([limit.dueMs, limit.admit("a", 30, WINDOW_MS)]).toEqual([undefined, true]);
  });

  it("lets what comes often not hide another kind", () => {
    for (let each = 0; each < 30; each++) limit.admit("a", each, 0);
    expect(limit.admit("b", 0, 0)).toBe(true);
  });

  it("tells apart a bounded number of kinds, and counts those beyond together", () => {
    const each = Array.from({ length: MAX_KINDS + 30 }, (_, index) => limit.admit(String(index), index, 0));
    expect(each.filter((admitted) => admitted)).toHaveLength(MAX_KINDS + LINES_A_WINDOW);
    expect(limit.take(WINDOW_MS)).toEqual([
      {
        first: MAX_KINDS + LINES_A_WINDOW,
        latest: MAX_KINDS + 29,
        count: 30 - LINES_A_WINDOW,
        isMixed: true,
      },
    ]);
  });
});
