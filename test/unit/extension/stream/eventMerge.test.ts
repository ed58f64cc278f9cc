import { beforeEach, describe, expect, it } from "vitest";
import {
  EventMerge,
  GRAIN_MS,
  HOLD_MS,
  MAX_HELD_LENGTH,
  type Merged,
} from "../../../../extension/stream/eventMerge.ts";
import { Random } from "../../../fuzz/support/random.ts";
import { gap } from "../source/fixtureStream.ts";
import { linesAt, timesOf } from "./mergeLines.ts";

const LIMIT = 0x4000_0000;
const BEGAN_MS = 1000;

let merge: EventMerge;

beforeEach(() => {
  merge = new EventMerge();
});

/** What they say of the time up to `BEGAN_MS` does not tell how long their events take. */
function join(...ids: readonly string[]): void {
  for (const id of ids) {
    merge.join(id, BEGAN_MS);
    merge.setLive(id, true, BEGAN_MS);
  }
}

function add(id: string, times: readonly number[], nowMs: number): string[] {
  merge.add(id, { type: "events", lines: linesAt(times) }, nowMs);
  return take(nowMs);
}

function take(nowMs: number): string[] {
  return merge.take(nowMs).map(shown);
}

function shown(merged: Merged): string {
  return `${merged.source} ${merged.type === "gap" ? "gap" : timesOf(merged.lines).join(" ")}`;
}

describe("EventMerge", () => {
  it("holds nothing of the only source, and hands on the very bytes", () => {
    join("a");
    const lines = linesAt([1000, 5000, 2000]);
    merge.add("a", { type: "events", lines }, 1000);
    const [merged] = merge.take(1000);
    expect(merged?.type === "events" && merged.lines).toBe(lines);
    expect(merge.dueMs).toBeUndefined();
  });

  it("holds what may come after something of another source, until that has said more", () => {
    join("a", "b");
    expect(add("a", [1000], 1000)).toEqual(["a 1000"]);
    expect(add("b", [1300], 1340)).toEqual([]);
    expect(add("a", [1200, 1400], 1350)).toEqual(["a 1200", "b 1300"]);
  });

  it("holds nothing longer than the bound, however silent the others are", () => {
    join("a", "b");
    add("a", [1000], 1000);
    expect(add("b", [1300], 1300)).toEqual([]);
    expect(merge.dueMs).toBe(1300 + HOLD_MS);
    expect(take(1300 + HOLD_MS - 1)).toEqual([]);
    expect(take(1300 + HOLD_MS)).toEqual(["b 1300"]);
  });

  it("waits for a silent source as long as its events have taken before, and no longer", () => {
    join("a", "b");
    add("a", [2000], 2120);
    expect(add("b", [2300], 2310)).toEqual([]);
    const dueMs = merge.dueMs ?? 0;
    expect(dueMs).toBeCloseTo(2300 + 120 - GRAIN_MS, 0);
    expect(take(dueMs - 1)).toEqual([]);
    expect(take(dueMs)).toEqual(["b 2300"]);
  });

  it("does not wait for a silent source whose events come sooner than the page sorts anyway", () => {
    join("a", "b");
    add("a", [2000], 2000 + GRAIN_MS);
    expect(add("b", [2300], 2300)).toEqual(["b 2300"]);
  });

  it("gives the events of a source whose delay has grown by more than the grain before earlier ones of it", () => {
    join("a", "b");
    add("a", [2000], 2010);
    expect(add("b", [2300], 2310)).toEqual(["b 2300"]);
    expect(add("a", [2200], 2390)).toEqual(["a 2200"]);
    expect(merge.takeLate("a")).toBeUndefined();
    expect(add("b", [2500], 2510)).toEqual([]);
  });

  it.each([-3_600_000, 3_600_000])(
    "holds nothing longer than the bound where a clock is off by %i ms",
    (offMs) => {
      join("a", "b");
      add("a", [2000], 2010);
      add("b", [2100 + offMs], 2110);
      take(2110 + HOLD_MS);
      add("a", [4000], 4010);
      expect(merge.dueMs ?? 0).toBeLessThanOrEqual(4010 + HOLD_MS);
      take(4010 + HOLD_MS);
      expect(merge.heldLength).toBe(0);
    },
  );

  it.each<[string, (merge: EventMerge) => void, number]>([
    [
      "is not connected",
      (each) => {
        each.setLive("a", false, 1200);
      },
      1300,
    ],
    [
      "was taken out",
      (each) => {
        each.leave("a");
      },
      1300,
    ],
    ["has said nothing for long", () => undefined, 20_000],
    [
      "has never said anything",
      (each) => {
        each.join("a", 1200);
      },
      1300,
    ],
  ])("does not wait for a source that %s", (_, change, nowMs) => {
    join("a", "b");
    add("a", [1000], 1000);
    change(merge);
    expect(add("b", [nowMs], nowMs)).toEqual([`b ${String(nowMs)}`]);
  });

  it("cuts long batches where those of others belong", () => {
    join("a", "b");
    add("a", [0], 0);
    add("b", [0], 0);
    expect(add("a", [1000, 2000, 3000], 3000)).toEqual([]);
    expect(add("b", [1500, 2500, 3500], 3000)).toEqual(["a 1000", "b 1500", "a 2000", "b 2500", "a 3000"]);
    expect(take(3000 + HOLD_MS)).toEqual(["b 3500"]);
  });

  it("does not cut for events that are less apart than the page can sort at no cost", () => {
    join("a", "b");
    add("a", [0], 0);
    add("b", [0], 0);
    add("a", [1000, 1002, 1004], 1100);
    expect(add("b", [1001, 1003, 1004 + GRAIN_MS], 1100)).toEqual(["a 1000 1002 1004", "b 1001 1003 1054"]);
  });

  it("keeps gaps between the events of their source", () => {
    join("a", "b");
    add("b", [1000], 1000);
    add("a", [2000], 2000);
    merge.add("a", { type: "gap", gap: gap() }, 2000);
    expect(add("a", [2001], 2000)).toEqual([]);
    expect(add("b", [2500], 2100)).toEqual(["a 2000", "a gap", "a 2001"]);
  });

  it("lets a gap pass at once where nothing of its source is held", () => {
    join("a", "b");
    add("b", [1000], 1000);
    merge.add("a", { type: "gap", gap: gap() }, 2000);
    expect(take(2000)).toEqual(["a gap"]);
  });

  it("holds no more bytes than the bound, and gives the earliest first", () => {
    join("a", "b");
    add("b", [1000], 1000);
    const long = (ms: number): Uint8Array<ArrayBuffer> => linesAt([ms], "x".repeat(MAX_HELD_LENGTH / 2));
    merge.add("a", { type: "events", lines: long(2000) }, 2000);
    expect(take(2000)).toEqual([]);
    merge.add("a", { type: "events", lines: long(2001) }, 2000);
    expect(take(2000)).toEqual(["a 2000"]);
    expect(merge.heldLength).toBeLessThanOrEqual(MAX_HELD_LENGTH);
  });

  it("gives what comes too late at once, and counts its events and by how much", () => {
    join("a", "b");
    add("a", [1000], 1000);
    add("b", [5000], 5000);
    expect(take(5000 + HOLD_MS)).toEqual(["b 5000"]);
    expect(add("a", [4000, 4100, 5000 - HOLD_MS + 1], 5300)).toEqual(["a 4000 4100 4801"]);
    expect(merge.takeLate("a")).toEqual({ events: 2, maxMs: 1000 });
    expect(merge.takeLate("a")).toBeUndefined();
    expect(merge.takeLate("b")).toBeUndefined();
  });

  it("counts a late line that has no end", () => {
    join("a", "b");
    add("b", [5000], 5000);
    const lines = linesAt([1001, 1002]);
    merge.add("a", { type: "events", lines: lines.slice(0, -1) }, 5000);
    expect(take(5000)).toEqual(["a 1001"]);
    expect(merge.takeLate("a")).toEqual({ events: 2, maxMs: 3999 });
  });

  it("calls nothing late that a source tells of the time before it came", () => {
    join("b");
    add("b", [5000], 5000);
    merge.join("a", 6000);
    merge.setLive("a", true, 6000);
    add("a", [1000, 2000], 6000);
    merge.replays("a", 7000);
    add("b", [6900], 6900);
    add("a", [6500], 7000);
    take(9000);
    expect(merge.takeLate("a")).toBeUndefined();
  });

  it("passes lines without times in the order of their source", () => {
    join("a", "b");
    add("b", [1000], 1000);
    merge.add("a", { type: "events", lines: new TextEncoder().encode("none\n") }, 1000);
    const [merged] = merge.take(1000);
    expect(merged?.source).toBe("a");
  });
});

/** Numbers from 0 up to but without 1 that are the same for the same seed. */
function seeded(seed: number): () => number {
  const random = new Random(seed);
  return () => random.below(LIMIT) / LIMIT;
}

interface Arrival {
  readonly source: string;
  readonly times: readonly number[];
  readonly arrivedMs: number;
}

/** Batches of up to five sources in the order of their arrival, each source's in order; delays are up to `maxDelayMs`. */
function arrivals(random: () => number, maxDelayMs: number): Arrival[] {
  const all: Arrival[] = [];
  const sources = 1 + Math.floor(random() * 5);
  for (let number = 0; number < sources; number++) {
    let ms = 1_000_000;
    let arrivedMs = 0;
    const busy = 5 + random() * 300;
    while (ms < 1_005_000) {
      const times = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
        Math.floor((ms += random() * busy)),
      );
      arrivedMs = Math.max(arrivedMs, ms + random() * maxDelayMs);
      all.push({ source: `s${String(number)}`, times, arrivedMs });
    }
  }
  return all.sort((one, other) => one.arrivedMs - other.arrivedMs);
}

interface Went {
  readonly source: string;
  readonly timeMs: number;
  readonly atMs: number;
}

/** Plays arrivals and the timer between them. */
function play(all: readonly Arrival[]): Went[] {
  const went: Went[] = [];
  const takeAt = (atMs: number): void => {
    for (const merged of merge.take(atMs)) {
      if (merged.type !== "events") continue;
      for (const timeMs of timesOf(merged.lines)) went.push({ source: merged.source, timeMs, atMs });
    }
  };
  for (const source of new Set(all.map((each) => each.source))) {
    merge.join(source, 0);
    merge.setLive(source, true, 0);
  }
  for (const { source, times, arrivedMs } of all) {
    for (let dueMs = merge.dueMs; dueMs !== undefined && dueMs <= arrivedMs; dueMs = merge.dueMs)
      takeAt(dueMs);
    merge.add(source, { type: "events", lines: linesAt(times) }, arrivedMs);
    takeAt(arrivedMs);
  }
  for (let dueMs = merge.dueMs; dueMs !== undefined; dueMs = merge.dueMs) takeAt(dueMs);
  return went;
}

describe("EventMerge, whatever comes", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);

  it.each(seeds)("gives each event once, in its source's order, and within the bound (seed %i)", (seed) => {
    const random = seeded(seed);
    const all = arrivals(random, random() * 2_000);
    const went = play(all);
    for (const source of new Set(all.map((each) => each.source))) {
      const own = all.filter((each) => each.source === source);
      expect(went.filter((each) => each.source === source).map((each) => each.timeMs)).toEqual(
        own.flatMap(({ times }) => times),
      );
      const arrived = own.flatMap(({ times, arrivedMs }) => times.map(() => arrivedMs));
      const at = went.filter((each) => each.source === source).map((each) => each.atMs);
      at.forEach((atMs, index) => {
        expect(atMs).toBeGreaterThanOrEqual(arrived[index] ?? Infinity);
        expect(atMs - (arrived[index] ?? 0)).toBeLessThanOrEqual(HOLD_MS + 1e-6);
      });
    }
    expect(merge.heldLength).toBe(0);
  });

  it.each(seeds)(
    "gives events in order, but for the grain, where those of each source take equally long (seed %i)",
    (seed) => {
      const random = seeded(seed);
      const some = arrivals(random, 0)
        .filter(({ times }) => (times.at(-1) ?? 0) - (times[0] ?? 0) < HOLD_MS / 2)
        .map((arrival) => {
          // Of each source all take the same time, and none comes before its last event.
          const delayMs = HOLD_MS / 2 + Number(arrival.source.slice(1)) * 10;
          return { ...arrival, arrivedMs: (arrival.times[0] ?? 0) + delayMs, delayMs };
        })
        .sort((one, other) => one.arrivedMs - other.arrivedMs);
      // Who has said nothing yet is not waited for.
      const first = [...new Map(some.map((each) => [each.source, each.delayMs]))].map(([source, delayMs]) => {
        return { source, times: [999_000], arrivedMs: 999_000 + delayMs };
      });
      let latestMs = -Infinity;
      for (const { timeMs } of play([...first, ...some])) {
        expect(timeMs).toBeGreaterThanOrEqual(latestMs - GRAIN_MS);
        latestMs = Math.max(latestMs, timeMs);
      }
    },
  );
});
