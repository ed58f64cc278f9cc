import { describe, expect, it } from "vitest";

import { PATIENCE_MS, PatientClock } from "../../../../tracer-service/history/patientClock.ts";

const MINUTE_MS = 60_000;
const NS_PER_MS = 1_000_000n;
const START_MS = 1_790_000_000_000;
const YEAR_MS = 365 * 86_400_000;

function clock(latestMs?: number) {
  const state = { wallMs: START_MS, monotonicMs: 5_000 };
  const patient = new PatientClock(
    () => BigInt(state.wallMs) * NS_PER_MS,
    () => state.monotonicMs,
    latestMs === undefined ? undefined : BigInt(latestMs) * NS_PER_MS,
  );
  return {
    set: (byMs: number) => (state.wallMs += byMs),
    pass: (ms: number) => {
      state.wallMs += ms;
      state.monotonicMs += ms;
    },
    /** Since the start. */
    nowMs: () => Number(patient.nowNs() / NS_PER_MS) - START_MS,
  };
}

describe("PatientClock", () => {
  it("goes with the wall clock, and with its corrections", () => {
    const { nowMs, pass, set } = clock();
    expect(nowMs()).toBe(0);
    pass(MINUTE_MS);
    set(500);
    expect(nowMs()).toBe(MINUTE_MS + 500);
    set(-1_000);
    expect(nowMs()).toBe(MINUTE_MS - 500);
  });

  it("goes on as before while the clock is ahead, and takes no notice once that is over", () => {
    const { nowMs, pass, set } = clock();
    set(YEAR_MS);
    expect(nowMs()).toBe(0);
    pass(PATIENCE_MS - MINUTE_MS);
    expect(nowMs()).toBe(PATIENCE_MS - MINUTE_MS);
    set(-YEAR_MS);
    pass(2 * MINUTE_MS);
    expect(nowMs()).toBe(PATIENCE_MS + MINUTE_MS);
    set(YEAR_MS);
    expect(nowMs()).toBe(PATIENCE_MS + MINUTE_MS);
  });

  it("believes a clock that has stayed ahead for an hour", () => {
    const { nowMs, pass, set } = clock();
    set(YEAR_MS);
    expect(nowMs()).toBe(0);
    pass(PATIENCE_MS);
    expect(nowMs()).toBe(YEAR_MS + PATIENCE_MS);
    pass(MINUTE_MS);
    expect(nowMs()).toBe(YEAR_MS + PATIENCE_MS + MINUTE_MS);
  });

  it("begins to wait anew when it is set again", () => {
    const { nowMs, pass, set } = clock();
    set(YEAR_MS);
    nowMs();
    pass(PATIENCE_MS - MINUTE_MS);
    set(YEAR_MS);
    nowMs();
    pass(PATIENCE_MS - MINUTE_MS);
    expect(nowMs()).toBe(2 * (PATIENCE_MS - MINUTE_MS));
    pass(MINUTE_MS);
    expect(nowMs()).toBe(2 * YEAR_MS + 2 * PATIENCE_MS - MINUTE_MS);
  });

  it("believes a clock that is set back at once", () => {
    const { nowMs, set } = clock();
    set(-YEAR_MS);
    expect(nowMs()).toBe(-YEAR_MS);
  });

  it("begins at the latest known time, and waits for an hour there, too", () => {
    const { nowMs, pass } = clock(START_MS - 10 * 86_400_000);
    expect(nowMs()).toBe(-10 * 86_400_000);
    pass(PATIENCE_MS);
    expect(nowMs()).toBe(PATIENCE_MS);
  });

  it("begins at the clock where the latest known time is later", () => {
    expect(clock(START_MS + YEAR_MS).nowMs()).toBe(0);
  });
});
