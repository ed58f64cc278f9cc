import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pruneShares, type Share } from "../../../../tracer-service/history/pruneShares.ts";

const KIB = 1_024;
const share = (workspace: number, user: string, kib: number): Share => ({
  workspace,
  user,
  bytes: kib * KIB,
});
const taken = (shares: readonly Share[], kib: number): [number, number][] =>
  [...pruneShares(shares, kib * KIB)].map(([workspace, bytes]) => [workspace, bytes / KIB]);

describe("pruneShares", () => {
  it.each([
    ["takes from the largest alone while it is", [share(1, "a", 1_000), share(2, "b", 100)], 500, [[1, 500]]],
    [
      "does not let a user hide in many workspaces",
      [share(1, "a", 400), share(2, "a", 400), share(3, "b", 500)],
      200,
      [[1, 200]],
    ],
    [
      "takes all there is and no more",
      [share(1, "a", 10), share(2, "b", 20)],
      100,
      [
        [2, 20],
        [1, 10],
      ],
    ],
    ["takes nothing from nobody", [], 100, []],
  ] as const)("%s", (_, shares, need, expected) => {
    expect(taken(shares, need)).toEqual(expected);
  });

  it("never takes from who has less than an equal part of the rest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { minLength: 1, maxLength: 12 }),
        fc.nat(50_000),
        (sizes, need) => {
          const shares = sizes.map((kib, index) => share(index, `user${String(index)}`, kib));
          const all = sizes.reduce((a, b) => a + b, 0);
          const from = new Map(taken(shares, Math.min(need, all)));
          const left = all - [...from.values()].reduce((a, b) => a + b, 0);
          expect(left).toBe(all - Math.min(need, all));
          for (const [user, kib] of from) {
            // In steps of 64 KiB.
            if (kib > 0) expect((sizes[user] ?? 0) + 64).toBeGreaterThanOrEqual(left / sizes.length);
          }
        },
      ),
    );
  });
});
