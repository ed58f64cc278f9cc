import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HistoryPruner } from "../../../../tracer-service/history/historyPruner.ts";
import { HistoryWorkspaces } from "../../../../tracer-service/history/historyWorkspaces.ts";
import {
  openHistoryForReading,
  openHistoryForWriting,
} from "../../../../tracer-service/history/openHistory.ts";
import { SealKey } from "../../../../tracer-service/history/sealKey.ts";
import { verifyHistory } from "../../../../tracer-service/history/verifyHistory.ts";
import { FIXTURE_TIME_NS } from "../output/fixtureEvents.ts";
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

  it("removes what is too old also behind what a wrong clock dated in the future", () => {
    const store = fixture.store({ maxAgeNs: 100_000_000_000n });
    const beganNs = FIXTURE_TIME_NS;
    const seconds = [10n, 9_000n, 9_001n, 20n, 30n, 240n, 40n];
    for (const [index, second] of seconds.entries())
      store.append(
        batchOf([{ seq: index + 1, user: "jessie", timeNs: beganNs + second * 1_000_000_000n }]),
        "slow",
      );
    fixture.nowNs = beganNs + 250_000_000_000n;
    expect(store.prune()).toEqual({ size: 0, age: 3 });
    store.close();
    const left = fixture.reader().page(EVERYTHING).events;
    // What comes behind one that is young enough is not looked at before that one is too old.
    expect(left.map(({ seq }) => seq)).toEqual([2, 3, 6, 7]);
  });

  it("forgets workspaces of which nothing is left when there are very many, and what was removed stays known", () => {
    const key = SealKey.create(fixture.directory);
    const store = fixture.store({ maxAgeNs: 60_000_000_000n });
    let seq = 0;
    const write = (events: readonly Omit<Happened, "seq">[]): void => {
      store.append(batchOf(events.map((each) => ({ ...each, seq: ++seq }))), "slow");
    };
    const stays = { user: "jessie", workspace: "stays" };
    for (let batch = 0; batch < 6; batch++) {
      const guests = Array.from({ length: 2_000 }, (_, i) => ({
        ...{ user: "guest", workspace: `w${String(batch)}-${String(i)}`, timeNs: 1n },
      }));
      write([...guests.slice(0, 1_000), { ...stays, timeNs: 1n }, ...guests.slice(1_000)]);
    }
    fixture.nowNs = 250_000_000_000n;
    write([{ ...stays, timeNs: fixture.nowNs }]);
    store.prune();
    const reader = fixture.reader();
    const known = reader.workspaces();
    expect(known.length).toBeLessThanOrEqual(11_002);
    expect(known.filter(({ labels }) => labels["workspace_name"] === "stays")).toHaveLength(1);
    const told = known.reduce((sum, { removed }) => sum + (removed?.events ?? 0), 0);
    const forgotten = reader.forgotten();
    expect(forgotten?.firstSeq).toBe(1);
    expect(told + (forgotten?.events ?? 0)).toBe(12_006);
    expect(reader.missing()).toMatchObject([{ firstSeq: 1, reason: "forgotten" }]);
    const last = Math.max(...known.map(({ id }) => id));
    // One that is forgotten comes back as another, and no number is given again.
    write([{ user: "guest", workspace: "w0-0", timeNs: fixture.nowNs }]);
    store.close();
    const again = fixture.reader();
    const ids = again
      .workspaces()
      .flatMap(({ id, labels: { workspace_name: name } }) => (name === "w0-0" ? [id] : []));
    expect(ids).toEqual([last + 1]);
    const database = openHistoryForReading(fixture.file);
    const verdict = verifyHistory(database, { firstKey: key, keyEpoch: undefined, heads: [] });
    database.close();
    expect(verdict.problems).toEqual([]);
    expect(verdict.removed).toBe(12_006);
    const forger = new DatabaseSync(fixture.file);
    forger.exec(
      "DELETE FROM chunk; UPDATE forgotten SET last_id = 99999, last_seq = 99999; DELETE FROM workspace",
    );
    forger.close();
    const forged = openHistoryForReading(fixture.file);
    const found = verifyHistory(forged, { firstKey: key, keyEpoch: undefined, heads: [] }).problems;
    forged.close();
    expect(found.join()).toContain("removed");
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
