import { describe, expect, it } from "vitest";

import {
  BEGIN,
  nextWatchState,
  type WatchEvent,
  type WatchState,
} from "../../../../tracer-service/kubernetes/watchState.ts";

const watching: WatchState = { type: "watching", resourceVersion: "7", attempts: 0 };
const failed = (status?: number, retryAfterMs?: number): WatchEvent => ({
  type: "failed",
  status,
  retryAfterMs,
});

function after(state: WatchState, ...events: WatchEvent[]): WatchState {
  return events.reduce((current, event) => nextWatchState(current, event, 0), state);
}

describe("nextWatchState", () => {
  it.each<[string, WatchState, readonly WatchEvent[], Partial<WatchState>]>([
    [
      "watches from the list's version",
      BEGIN,
      [{ type: "listed", resourceVersion: "5" }],
      { type: "watching", resourceVersion: "5" },
    ],
    [
      "goes on from what it was told last",
      watching,
      [{ type: "told", resourceVersion: "9" }, { type: "ended" }, { type: "waited" }],
      { type: "watching", resourceVersion: "9" },
    ],
    [
      "goes on from there after a cut",
      watching,
      [failed(), { type: "waited" }],
      { type: "watching", resourceVersion: "7" },
    ],
    [
      "lists anew when its version is forgotten",
      watching,
      [failed(410), { type: "waited" }],
      { type: "listing" },
    ],
    ["lists again when a list fails", BEGIN, [failed(500), { type: "waited" }], { type: "listing" }],
    ["waits for as long as it is told to", watching, [failed(429, 5_000)], { type: "waiting", ms: 5_000 }],
    ["does not wait for days", watching, [failed(429, 1e9)], { type: "waiting", ms: 120_000 }],
    [
      "opens a watch in doubt anew, at once",
      watching,
      [{ type: "doubted" }],
      { type: "watching", resourceVersion: "7" },
    ],
    ["begins to wait shortly", BEGIN, [failed()], { type: "waiting", ms: 125, attempts: 1 }],
    [
      "waits longer each time",
      BEGIN,
      [failed(), { type: "waited" }, failed(), { type: "waited" }, failed()],
      { type: "waiting", ms: 500, attempts: 3 },
    ],
    [
      "forgets its failures when something works",
      BEGIN,
      [failed(), { type: "waited" }, { type: "listed", resourceVersion: "1" }, failed()],
      { type: "waiting", ms: 125, attempts: 1 },
    ],
    [
      "waits longer for a server that ends each watch at once",
      watching,
      [{ type: "ended" }, { type: "waited" }, { type: "ended" }],
      { type: "waiting", ms: 250 },
    ],
  ])("%s", (_, state, events, expected) => {
    expect(after(state, ...events)).toMatchObject(expected);
  });

  it("never waits longer than 15 s by itself", () => {
    let state = BEGIN;
    for (let i = 0; i < 100; i++) state = nextWatchState(after(state, { type: "waited" }), failed(), 0.999);
    expect(state).toMatchObject({ type: "waiting", ms: 14_993 });
  });

  it("spreads the tracers of many nodes", () => {
    const waits = [0, 0.5, 0.999].map((random) => nextWatchState(watching, failed(429, 1_000), random));
    expect(waits.map((each) => (each.type === "waiting" ? each.ms : 0))).toEqual([1_000, 1_050, 1_100]);
  });
});
