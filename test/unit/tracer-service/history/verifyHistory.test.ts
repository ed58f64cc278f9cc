import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HistoryBatchBuilder } from "../../../../tracer-service/history/historyBatch.ts";
import { openHistoryForReading } from "../../../../tracer-service/history/openHistory.ts";
import { removedDigest } from "../../../../tracer-service/history/recordDigest.ts";
import { nextKey, sealCode, SealKey } from "../../../../tracer-service/history/sealKey.ts";
import { verifyHistory, type HistoryVerdict } from "../../../../tracer-service/history/verifyHistory.ts";
import { batchOf, events, EVERYTHING, HistoryFixture, historyEvent, lineOf } from "./historyFixture.ts";

let fixture: HistoryFixture;
let firstKey: Buffer | undefined;
beforeEach(() => {
  fixture = new HistoryFixture();
  firstKey = undefined;
});
afterEach(() => {
  fixture.close();
});

/** Batches of three events, of two users, a minute apart, so that each is sealed. */
function write(first: number, last: number): void {
  const store = fixture.store();
  for (let seq = first; seq <= last; seq += 3) {
    store.append(
      batchOf(
        events(seq, seq + 2).map((each) => ({ ...each, user: each.seq % 3 === 0 ? "robin" : "jessie" })),
      ),
      "slow",
    );
    fixture.nowNs += 60_000_000_000n;
    store.prune();
  }
  store.close();
}

function verify(heads: readonly { seq: number; hash: string }[] = [], key = firstKey): HistoryVerdict {
  const own = SealKey.open(fixture.directory);
  const keyEpoch = own?.epoch;
  own?.close();
  const database = openHistoryForReading(fixture.file);
  try {
    return verifyHistory(database, { firstKey: key, keyEpoch, heads });
  } finally {
    database.close();
  }
}

function tamper(sql: string): void {
  const database = new DatabaseSync(fixture.file);
  database.exec(sql);
  database.close();
}

describe("verifyHistory", () => {
  it("finds nothing wrong over restarts, gaps and pruning", () => {
    firstKey = SealKey.create(fixture.directory);
    write(1, 30);
    const before = verify().head;
    const store = fixture.store({ maxAgeNs: 900_000_000_000n });
    store.append(batchOf(events(34, 36)), "write_failed");
    fixture.nowNs += 900_000_000_000n;
    expect(store.prune()?.age).toBeGreaterThan(0);
    store.close();
    write(37, 42);
    const verdict = verify([before]);
    expect(verdict.problems).toEqual([]);
    expect(verdict.seals).toMatchObject({ checked: true, unsealedBatches: 0 });
    expect(verdict.removed + verdict.events).toBe(39);
  });

  it.each([
    [
      "a changed line",
      "UPDATE chunk SET data = (SELECT data FROM chunk WHERE batch = 3) WHERE batch = 4",
      "lines that were changed",
    ],
    ["lines taken away", "DELETE FROM chunk WHERE batch = 4", "which were not removed by the service"],
    [
      "lines said to have been removed",
      "DELETE FROM chunk WHERE batch = 4; UPDATE workspace SET removed_events = 9, removed_last_seq = 12",
      "not what was sealed",
    ],
    [
      "a batch taken away",
      "DELETE FROM chunk WHERE batch = 4; DELETE FROM batch WHERE id = 4",
      "batches 4 to 4 are missing",
    ],
    [
      "a batch said to have been removed",
      "INSERT INTO cut SELECT 4, 4, hash FROM batch WHERE id = 4; DELETE FROM chunk WHERE batch = 4; DELETE FROM batch WHERE id = 4",
      "not what was sealed",
    ],
    [
      "a changed fact of a batch",
      "UPDATE batch SET last_ns = last_ns + 1 WHERE id = 5",
      "does not extend the one before",
    ],
    [
      "batches in another order",
      "UPDATE batch SET id = 99 WHERE id = 4; UPDATE batch SET id = 4 WHERE id = 5; UPDATE batch SET id = 5 WHERE id = 99",
      "does not extend the one before",
    ],
    [
      "added lines",
      "INSERT INTO chunk SELECT id + 77, 77, workspace, first_seq, last_seq, first_ns, last_ns, events, execs, data FROM chunk WHERE batch = 4",
      "belong to no batch",
    ],
    [
      "lines given to another",
      'UPDATE workspace SET labels = \'{"username":"eve"}\' WHERE id = 1',
      "of another workspace than its lines name",
    ],
    [
      "a cut tail",
      "DELETE FROM chunk WHERE batch > 8; DELETE FROM batch WHERE id > 8",
      "covers batches that are gone",
    ],
    [
      "a cut tail with its seals",
      "DELETE FROM chunk WHERE batch > 8; DELETE FROM batch WHERE id > 8; DELETE FROM seal WHERE batch > 8",
      "the end was cut off",
    ],
    [
      "changed times, by which events are found",
      "UPDATE chunk SET first_ns = 0, last_ns = 0 WHERE batch = 4",
      "other times or numbers of events",
    ],
    [
      "changed numbers of events",
      "UPDATE chunk SET execs = 0 WHERE batch = 4",
      "other times or numbers of events",
    ],
    [
      "lines given to another namespace",
      "UPDATE workspace SET namespace = 'eve' WHERE id = 1",
      "of another workspace than its lines name",
    ],
    [
      "lines filed under another workspace",
      "UPDATE chunk SET id = id + (50 << 40) WHERE batch = 4",
      "of another workspace than its lines name",
    ],
    ["a changed run", "UPDATE run SET started_ns = 0", "is not what was sealed"],
    ["lines that others are read with", "UPDATE meta SET value = value || x'20'", "is not what was sealed"],
    [
      "events said to be missing",
      "INSERT INTO missing VALUES (4, 6, 'slow')",
      "said to be missing, and are here",
    ],
    ["numbers said to be missing", "INSERT INTO missing VALUES (0, 0, 'slow')", "is not what was sealed"],
    ["a forged seal", "UPDATE seal SET time_ns = 5 WHERE epoch = 3", "seal 3 is not genuine"],
    ["a seal taken away", "DELETE FROM seal WHERE epoch = 3", "seals 3 to 3 are missing"],
    ["all seals taken away", "DELETE FROM seal", "all seals are gone"],
  ])("finds %s", (_, sql, problem) => {
    firstKey = SealKey.create(fixture.directory);
    write(1, 30);
    tamper(sql);
    expect(verify().problems.join("\n")).toContain(problem);
  });

  it("finds a chain written anew, by its seals or by a head, and says nothing without either", () => {
    write(1, 12);
    const { head } = verify();
    copyFileSync(fixture.file, `${fixture.file}.old`);
    tamper("DELETE FROM chunk; DELETE FROM batch; DELETE FROM run");
    write(1, 12);
    tamper("UPDATE batch SET last_ns = last_ns");
    expect(verify().problems).toEqual([]);
    const other = { seq: head.seq, hash: "0".repeat(64) };
    expect(verify([other]).problems.join()).toContain("the history was written anew");
    expect(verify([{ seq: 99, hash: head.hash }]).problems.join()).toContain("its end was cut off");
  });

  it("finds an older copy put back, by the key that has moved on", () => {
    firstKey = SealKey.create(fixture.directory);
    write(1, 12);
    copyFileSync(fixture.file, `${fixture.file}.old`);
    write(13, 24);
    copyFileSync(`${fixture.file}.old`, fixture.file);
    expect(verify().problems.join()).toContain("an older copy put back");
    write(13, 24);
    expect(verify().problems.join()).toContain("are missing: the history was cut, or an older copy put back");
  });

  it("says what it could not check without the key, and refuses a wrong one", () => {
    firstKey = SealKey.create(fixture.directory);
    write(1, 6);
    expect(verify([], Buffer.alloc(32)).problems.join()).toContain("is not genuine");
    firstKey = undefined;
    expect(verify()).toMatchObject({ problems: [], seals: { checked: false } });
  });

  it("says of a history that an earlier version sealed what its seals do not cover", () => {
    firstKey = SealKey.create(fixture.directory);
    write(1, 12);
    const database = new DatabaseSync(fixture.file);
    const removed = removedDigest(database);
    const last = database.prepare("SELECT * FROM seal ORDER BY epoch DESC LIMIT 1").get();
    let key: Buffer = firstKey;
    const epoch = Number(last?.["epoch"]);
    for (let each = 0; each < epoch; each++) key = nextKey(key);
    const facts = {
      ...{ epoch, batch: Number(last?.["batch"]), hash: last?.["hash"] as Uint8Array },
      ...{ timeNs: BigInt(Number(last?.["time_ns"])), removed },
    };
    database
      .prepare("UPDATE seal SET removed = ?, code = ? WHERE epoch = ?")
      .run(removed, sealCode(key, facts), epoch);
    database.close();
    expect(verify()).toMatchObject({ problems: [], seals: { checked: true, byEarlierVersion: true } });
  });

  it("finds nothing wrong where events were not kept to begin with, which is sealed and counted as removed", () => {
    firstKey = SealKey.create(fixture.directory);
    const store = fixture.store();
    const builder = new HistoryBatchBuilder();
    for (const each of events(1, 9)) {
      const event = { ...each, user: each.seq % 3 === 0 ? "robin" : "jessie" };
      builder.add(historyEvent(event), lineOf(event), [2, 4, 5].includes(each.seq) ? 0 : Infinity);
    }
    store.append(builder.take("r", 9n), "slow");
    store.append(batchOf(events(10, 12)), "slow");
    store.close();
    expect(verify()).toMatchObject({ problems: [], batches: 2, events: 9, removed: 3 });
    const reader = fixture.reader();
    expect(reader.page(EVERYTHING).events.map(({ seq }) => seq)).toEqual([1, 3, 6, 7, 8, 9, 10, 11, 12]);
    expect(reader.workspaces().map(({ labels, removed }) => [labels["username"], removed?.events])).toEqual([
      ["jessie", 3],
      ["robin", undefined],
    ]);
    tamper("UPDATE workspace SET removed_events = 0");
    expect(verify().problems).not.toEqual([]);
  });

  it("keeps no earlier key", () => {
    const key = SealKey.create(fixture.directory);
    write(1, 6);
    const now = SealKey.open(fixture.directory);
    expect(now?.epoch).toBeGreaterThan(1);
    now?.close();
    expect(() => SealKey.create(fixture.directory)).toThrow("is sealed already");
    expect(key).toHaveLength(32);
  });
});
