import { beforeEach, describe, expect, it } from "vitest";

import type { RefusedAccess } from "../../../../tracer-service/access/accessRecord.ts";
import type { Reader } from "../../../../tracer-service/access/reader.ts";
import {
  LINES_A_WINDOW,
  MAX_KINDS,
  RefusalLimit,
  WINDOW_MS,
} from "../../../../tracer-service/access/refusalLimit.ts";

let limit: RefusalLimit;

beforeEach(() => {
  limit = new RefusalLimit();
});

function knock(nowMs: number, change: Partial<RefusedAccess> = {}): boolean {
  const refused: RefusedAccess = {
    ...{ endpoint: "/v1/stream", reader: undefined, claimedUser: undefined, from: undefined },
    ...{ status: 401, code: "unauthorized", why: "no token", atMs: nowMs },
    ...change,
  };
  return limit.admit(refused, nowMs);
}

const named = (name: string): Reader => ({ type: "user", name, uid: undefined, credentialId: undefined });

describe("RefusalLimit", () => {
  it("gives the first ones of a window a line, and counts the others exactly", () => {
    const admitted = Array.from({ length: 30 }, (_, index) => knock(index));
    expect(admitted.filter((each) => each)).toHaveLength(LINES_A_WINDOW);
    expect(limit.dueMs).toBe(WINDOW_MS);
    expect(limit.take(WINDOW_MS - 1)).toEqual([]);
    const span = { sinceMs: LINES_A_WINDOW, untilMs: 29 };
    expect(limit.take(WINDOW_MS)).toEqual([
      { reader: undefined, code: "unauthorized", count: 30 - LINES_A_WINDOW, ...span },
    ]);
    expect(limit.take(WINDOW_MS)).toEqual([]);
    expect([limit.dueMs, knock(WINDOW_MS)]).toEqual([undefined, true]);
  });

  it.each<[string, Partial<RefusedAccess>]>([
    ["another reader", { reader: named("robin") }],
    ["another reason", { code: "forbidden" }],
  ])("lets who knocks often not hide %s", (_, other) => {
    for (let each = 0; each < 30; each++) knock(0);
    expect(knock(0, other)).toBe(true);
  });

  it("tells apart a bounded number of kinds, and counts those beyond together", () => {
    const each = Array.from({ length: MAX_KINDS + 30 }, (_, index) =>
      knock(0, { reader: named(String(index)) }),
    );
    expect(each.filter((admitted) => admitted)).toHaveLength(MAX_KINDS + LINES_A_WINDOW);
    expect(limit.take(WINDOW_MS)).toEqual([
      { reader: undefined, code: undefined, count: 30 - LINES_A_WINDOW, sinceMs: 0, untilMs: 0 },
    ]);
  });
});
