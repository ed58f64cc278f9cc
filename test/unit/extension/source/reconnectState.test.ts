import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FIRST_RETRY_MS,
  MAX_RETRY_MS,
  reconnect,
  type ReconnectEvent,
  type ReconnectState,
  STABLE_MS,
  startConnecting,
  toSourceState,
} from "../../../../extension/source/reconnectState.ts";

const connected = (nowMs: number): ReconnectEvent => ({ type: "connected", nowMs });
const failed = (nowMs: number, random = 1, final = false): ReconnectEvent => ({
  type: "failed",
  nowMs,
  why: `reason at ${String(nowMs)}`,
  final,
  random,
});
const retry = (nowMs: number, byUser = false): ReconnectEvent => ({ type: "retry", nowMs, byUser });

function run(...events: readonly ReconnectEvent[]): ReconnectState {
  return events.reduce(reconnect, startConnecting(0));
}

function waits(count: number, random: number): number[] {
  let state = startConnecting(0);
  const delays: number[] = [];
  for (let each = 0; each < count; each++) {
    state = reconnect(state, failed(0, random));
    if (state.type === "waiting") delays.push(state.retryMs);
    state = reconnect(state, retry(0));
  }
  return delays;
}

describe("reconnect", () => {
  it("doubles the longest wait up to its cap", () => {
    expect(waits(9, 1)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("spreads tries over the whole wait", () => {
    expect(waits(3, 0)).toEqual([0, 0, 0]);
    expect(waits(3, 0.5)).toEqual([250, 500, 1000]);
  });

  it("keeps the beginning of an outage over all tries, with the latest reason", () => {
    const state = run(connected(0), failed(100), retry(700), failed(800));
    expect(toSourceState(state)).toEqual({
      type: "disconnected",
      sinceMs: 100,
      why: "reason at 800",
      retryMs: 800 + 2 * FIRST_RETRY_MS,
    });
  });

  it("says that it is disconnected while it tries again", () => {
    const state = run(connected(0), failed(100), retry(700));
    expect(toSourceState(state)).toEqual({
      type: "disconnected",
      sinceMs: 100,
      why: "reason at 100",
      retryMs: 700,
    });
  });

  it.each<[string, ReconnectEvent[], number]>([
    [
      "begins again with the shortest wait after a connection that held",
      [connected(0), failed(STABLE_MS)],
      1,
    ],
    ["goes on with longer waits after one that did not hold", [connected(0), failed(STABLE_MS - 1)], 3],
  ])("%s", (_, after, failures) => {
    const state = [failed(0), retry(0), failed(0), retry(0), ...after].reduce(reconnect, startConnecting(0));
    expect(state).toMatchObject({ type: "waiting", failures });
  });

  it("tries no more after a final reason, until the user asks for it", () => {
    const stopped = run(failed(50, 1, true));
    expect(toSourceState(stopped)).toEqual({
      type: "disconnected",
      sinceMs: 50,
      why: "reason at 50",
      retryMs: undefined,
    });
    expect(reconnect(stopped, retry(60))).toBe(stopped);
    expect(reconnect(stopped, retry(60, true))).toMatchObject({ type: "connecting", failures: 0 });
  });

  it("forgets earlier failures when the user asks for a try", () => {
    const state = run(failed(0), retry(0), failed(0), retry(0), failed(0), retry(0, true), failed(0));
    expect(state).toMatchObject({ type: "waiting", retryMs: FIRST_RETRY_MS });
  });

  it.each<[string, ReconnectState, ReconnectEvent]>([
    ["a connection while there is one", run(connected(0)), connected(1)],
    ["a failure while it waits", run(failed(0)), failed(1)],
    ["a failure once it has stopped", run(failed(0, 1, true)), failed(1)],
    ["a retry while it is connected", run(connected(0)), retry(1, true)],
    ["a retry while it connects", startConnecting(0), retry(1, true)],
    ["a connection while it waits", run(failed(0)), connected(1)],
  ])("ignores %s", (_, state, event) => {
    expect(reconnect(state, event)).toBe(state);
  });

  it("never waits longer than the cap, whatever happens", () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant("connected" as const), nowMs: fc.nat(1e6) }),
      fc.record({
        type: fc.constant("failed" as const),
        nowMs: fc.nat(1e6),
        why: fc.string(),
        final: fc.boolean(),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      fc.record({ type: fc.constant("retry" as const), nowMs: fc.nat(1e6), byUser: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (all) => {
        let state = startConnecting(0);
        for (const each of all) {
          const next = reconnect(state, each);
          if (next !== state && next.type === "waiting") {
            expect(next.retryMs - each.nowMs).toBeGreaterThanOrEqual(0);
            expect(next.retryMs - each.nowMs).toBeLessThanOrEqual(MAX_RETRY_MS);
          }
          state = next;
        }
      }),
    );
  });
});
