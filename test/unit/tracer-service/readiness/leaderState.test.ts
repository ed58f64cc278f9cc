import { describe, expect, it } from "vitest";

import {
  held,
  leads,
  nextStep,
  see,
  UNKNOWN,
  type LeaderLease,
} from "../../../../tracer-service/readiness/leaderState.ts";

const lease = (holder: string | undefined, renewTime = "t"): LeaderLease => ({
  ...{ holder, renewTime, durationMs: 15_000, resourceVersion: "1" },
});

describe("leaderState", () => {
  it.each([
    ["there is none", undefined, 0, "create"],
    ["nobody holds it", lease(undefined), 0, "take"],
    ["it is its own", lease("me"), 0, "renew"],
    ["another renews it", lease("other"), 14_999, "wait"],
    ["another has not renewed it for all its time", lease("other"), 15_000, "take"],
  ] as const)("knows what to do when %s", (_name, seen, waitedMs, step) => {
    const first = see(UNKNOWN, seen, 1_000);
    expect(nextStep(see(first, seen, 1_000 + waitedMs), "me", 1_000 + waitedMs)).toBe(step);
  });

  it("counts from the last renewal that it saw, by its own clock", () => {
    let state = see(UNKNOWN, lease("other", "t1"), 0);
    state = see(state, lease("other", "t0"), 10_000);
    expect(nextStep(state, "me", 24_999)).toBe("wait");
    expect(nextStep(state, "me", 25_000)).toBe("take");
  });

  it("stops to lead before another may begin", () => {
    const state = held(see(UNKNOWN, lease("me"), 1_100), 1_000);
    expect([leads(state, 10_999), leads(state, 11_000), leads(UNKNOWN, 0)]).toEqual([true, false, false]);
    const others = see(UNKNOWN, lease("me"), 1_000);
    expect(nextStep(others, "other", 15_999)).toBe("wait");
  });
});
