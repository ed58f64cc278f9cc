import { describe, expect, it } from "vitest";

import type { Loss } from "../../../../tracer-service/pipeline/lossReporter.ts";
import { Throttling } from "../../../../tracer-service/pipeline/throttling.ts";

const withheld = (owner: number, firstNs: bigint, lastNs: bigint): Loss => ({
  ...({ cgroupKey: 7n, owner, kind: "exec", reason: "over_budget", count: 3, firstNs, lastNs } as const),
  program: "cc",
});

describe("Throttling", () => {
  it("says nothing while execs are withheld, and once for each workspace that it has ended", () => {
    const throttling = new Throttling();
    expect(throttling.see([withheld(3, 10n, 20n), withheld(4, 15n, 25n)], 0)).toEqual([]);
    expect(throttling.see([withheld(3, 30n, 40n)], 4_000)).toEqual([]);
    const common = { cgroupKey: 7n, kind: "exec", reason: "within_budget", count: 0 };
    expect(throttling.see([], 5_000)).toEqual([{ ...common, owner: 4, firstNs: 15n, lastNs: 25n }]);
    expect(throttling.see([], 9_000)).toEqual([{ ...common, owner: 3, firstNs: 10n, lastNs: 40n }]);
    expect(throttling.see([], 99_000)).toEqual([]);
  });

  it("takes no other loss for throttling", () => {
    const throttling = new Throttling();
    throttling.see([{ ...withheld(3, 1n, 2n), reason: "ring_full" }], 0);
    expect(throttling.see([], 60_000)).toEqual([]);
  });
});
