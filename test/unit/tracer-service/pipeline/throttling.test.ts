import { describe, expect, it } from "vitest";

import type { Loss } from "../../../../tracer-service/pipeline/lossReporter.ts";
import { Throttling } from "../../../../tracer-service/pipeline/throttling.ts";

const withheld = (owner: number, firstNs: bigint, lastNs: bigint): Loss => ({
  ...({ cgroupKey: 7n, owner, kind: "exec", reason: "over_budget", count: 3, firstNs, lastNs } as const),
  program: { text: "cc", raw: undefined },
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

  it("goes on with what an earlier reader told the begin of, and says when it ended", () => {
    const throttling = new Throttling();
    throttling.resume([{ cgroupKey: 7n, owner: 3, firstNs: 10n, lastNs: 20n }], 0);
    throttling.resume([{ cgroupKey: 8n, owner: 4, firstNs: 11n, lastNs: 21n }], 0);
    throttling.see([withheld(4, 30n, 40n)], 1_000);
    const common = { kind: "exec", reason: "within_budget", count: 0 };
    const first = { ...common, cgroupKey: 7n, owner: 3, firstNs: 10n, lastNs: 20n };
    expect(throttling.see([], 5_000)).toEqual([first]);
    const second = { ...common, cgroupKey: 8n, owner: 4, firstNs: 11n, lastNs: 40n };
    expect(throttling.see([], 6_000)).toEqual([second]);
  });

  it("knows of which of the losses throttling goes on, each owner's once", () => {
    const throttling = new Throttling();
    const losses = [
      withheld(3, 10n, 20n),
      withheld(3, 12n, 25n),
      { ...withheld(5, 1n, 2n), reason: "ring_full" } as const,
    ];
    throttling.see(losses, 0);
    expect(throttling.of(losses)).toMatchObject([{ cgroupKey: 7n, owner: 3, firstNs: 10n, lastNs: 25n }]);
  });
});
