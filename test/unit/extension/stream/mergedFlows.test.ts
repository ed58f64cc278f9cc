import { beforeEach, describe, expect, it } from "vitest";
import type { EventSink } from "../../../../extension/source/eventSource.ts";
import { HOLD_MS, type LateEvents } from "../../../../extension/stream/eventMerge.ts";
import { MergedFlows } from "../../../../extension/stream/mergedFlows.ts";
import { FakeClock } from "../fakeClock.ts";
import { gap } from "../source/fixtureStream.ts";
import { linesAt, timesOf } from "./mergeLines.ts";
import { isResolved } from "./isResolved.ts";

let clock: FakeClock;
let flows: MergedFlows;
let went: string[];
let late: [string, LateEvents][];
/** Ends the wait of a sink that is full. */
let makeRoom: (() => void) | undefined;

beforeEach(() => {
  clock = new FakeClock();
  went = [];
  late = [];
  makeRoom = undefined;
  flows = new MergedFlows({ clock, onLate: (source, events) => late.push([source, events]) });
});

function open(id: string, room: () => Promise<void> = () => Promise.resolve()): EventSink {
  const sink = flows.open(id, {
    events: (lines) => {
      went.push(`${id} ${timesOf(lines).join(" ")}`);
      return room();
    },
    gap: () => went.push(`${id} gap`),
  });
  flows.setLive(id, true);
  return sink;
}

const full = (): Promise<void> =>
  new Promise((resolve) => {
    makeRoom = resolve;
  });

describe("MergedFlows", () => {
  it("lets a source go on while its events are held", async () => {
    const [a, b] = [open("a"), open("b")];
    const now = clock.nowMs();
    await a.events(linesAt([now]));
    expect(await isResolved(b.events(linesAt([now + 300])))).toBe(true);
    expect(went).toEqual([`a ${String(now)}`]);
    clock.advance(HOLD_MS);
    expect(went).toEqual([`a ${String(now)}`, `b ${String(now + 300)}`]);
  });

  it("lets only the source wait whose sink has no room", async () => {
    const [a, b] = [open("a", full), open("b")];
    const now = clock.nowMs();
    const waiting = a.events(linesAt([now]));
    expect(await isResolved(waiting)).toBe(false);
    expect(await isResolved(b.events(linesAt([now + 10])))).toBe(true);
    makeRoom?.();
    expect(await isResolved(waiting)).toBe(true);
  });

  it("tells late events at once, and further ones together a minute later", () => {
    const [a, b] = [open("a"), open("b")];
    clock.advance(1_000);
    const now = clock.nowMs();
    void b.events(linesAt([now]));
    void a.events(linesAt([now - 500]));
    void a.events(linesAt([now - 400, now - 300]));
    expect(late).toEqual([["a", { events: 1, maxMs: 500 }]]);
    clock.advance(60_000);
    void a.events(linesAt([now + 60_000]));
    expect(late.slice(1)).toEqual([["a", { events: 2, maxMs: 400 }]]);
  });

  it("gives what a closed source holds to nobody, and lets the others go on at once", () => {
    const [a, b] = [open("a"), open("b")];
    const now = clock.nowMs();
    void a.events(linesAt([now]));
    void b.events(linesAt([now + 300]));
    flows.close("a");
    void a.events(linesAt([now + 400]));
    a.gap(gap());
    expect(went).toEqual([`a ${String(now)}`, `b ${String(now + 300)}`]);
  });

  it("leaves no timer behind", () => {
    const [a, b] = [open("a"), open("b")];
    const now = clock.nowMs();
    void a.events(linesAt([now]));
    void b.events(linesAt([now + 300]));
    flows.dispose();
    clock.advance(HOLD_MS);
    expect([went, clock.pendingTimers]).toEqual([[`a ${String(now)}`], 0]);
  });
});
