import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HistoryPruner } from "../../../../tracer-service/history/historyPruner.ts";
import { HistoryWorkspaces } from "../../../../tracer-service/history/historyWorkspaces.ts";
import { openHistoryForWriting } from "../../../../tracer-service/history/openHistory.ts";
import { batchOf, EVERYTHING, HistoryFixture, type Happened } from "./historyFixture.ts";

const MIB = 1_048_576;
let fixture: HistoryFixture;
beforeEach(() => {
  fixture = new HistoryFixture();
});
afterEach(() => {
  fixture.close();
});

/** Arguments that can't be compressed. */
const noise = (bytes: number): string[] => ["echo", randomBytes(bytes / 2).toString("hex")];

const count = (user: string): number => {
  const reader = fixture.reader();
  const workspaces = reader.workspaces().filter(({ labels }) => labels["username"] === user);
  let found = 0;
  for (let after = 0, done = false; !done;) {
    const page = reader.page({ ...EVERYTHING, workspaces: workspaces.map(({ id }) => id), after });
    found += page.events.length;
    ({ through: after, done } = page);
  }
  return found;
};

describe("HistoryPruner", () => {
  it("removes a flood's own events first, stays within its limit, and notes what it removed", () => {
    const store = fixture.store({ maxBytes: 16 * MIB });
    let seq = 0;
    let removed = 0;
    const write = (events: readonly Omit<Happened, "seq">[]): void => {
      store.append(batchOf(events.map((each) => ({ ...each, seq: ++seq }))), "slow");
      removed += store.prune()?.size ?? 0;
    };
    for (let round = 0; round < 200; round++) {
      write([
        { user: "quiet" },
        ...Array.from({ length: 40 }, () => ({ user: "flood", argv: noise(4_000) })),
      ]);
    }
    const files = ["", "-wal"].reduce((sum, suffix) => sum + statSync(fixture.file + suffix).size, 0);
    store.close();
    expect(files).toBeLessThan(16 * MIB);
    expect(count("quiet")).toBe(200);
    const kept = count("flood");
    expect(kept).toBeGreaterThan(400);
    expect(kept + removed).toBe(8_000);
    const flood = fixture
      .reader()
      .workspaces()
      .find(({ labels }) => labels["username"] === "flood");
    expect(flood?.removed).toMatchObject({ firstSeq: 2, events: removed, execs: removed });
    // From the oldest on: nothing after the last one removed is missing.
    expect(flood?.removed?.lastSeq).toBeLessThan(8_200 - kept);
  });

  it("makes room in few transactions, however many workspaces give what little they take", () => {
    const store = fixture.store();
    const lived = Array.from({ length: 4_000 }, (_, i) => ({
      ...{ seq: i + 1, user: `guest${String(i % 7)}`, workspace: `w${String(i)}`, argv: noise(600) },
    }));
    for (let first = 0; first < lived.length; first += 500) {
      store.append(batchOf(lived.slice(first, first + 500)), "slow");
    }
    const { bytes } = store;
    store.close();
    const database = openHistoryForWriting(fixture.directory);
    let transactions = 0;
    // Half of the limit is the write-ahead log's.
    const limits = { maxBytes: 2 * (bytes - MIB), maxAgeNs: 1_000_000_000_000_000n };
    const seal = {
      begin: () => {
        transactions++;
      },
      end: () => undefined,
    };
    const pruner = new HistoryPruner(database, new HistoryWorkspaces(database), limits, seal);
    expect(pruner.prune(1n)?.size).toBeGreaterThan(1_000);
    expect(transactions).toBeLessThan(5);
    database.close();
  });

  it("removes what is too old, whoever's it is", () => {
    const store = fixture.store({ maxAgeNs: 100_000_000_000n });
    for (let seq = 1; seq <= 200; seq++) {
      store.append(batchOf([{ seq, user: seq % 2 === 0 ? "jessie" : "robin" }]), "slow");
    }
    // Event 200 is of second 200.
    fixture.nowNs = 250_000_000_000n;
    expect(store.prune()).toEqual({ size: 0, age: 149 });
    expect(store.oldestSeq).toBe(150);
    store.close();
    expect(
      fixture
        .reader()
        .page(EVERYTHING)
        .events.map(({ seq }) => seq)[0],
    ).toBe(150);
  });

  it("goes on with the numbers when everything was removed", () => {
    const store = fixture.store({ maxAgeNs: 1n });
    store.append(batchOf([{ seq: 1 }, { seq: 2 }]), "slow");
    fixture.nowNs = 250_000_000_000n;
    expect(store.prune()).toEqual({ size: 0, age: 2 });
    store.close();
    const next = fixture.store();
    expect(next.opened).toMatchObject({ lastSeq: 2, oldestSeq: 0 });
    next.close();
  });
});
