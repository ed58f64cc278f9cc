import { DatabaseSync } from "node:sqlite";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HistoryError, isDamage } from "../../../../tracer-service/history/historyError.ts";
import type { HistoryStore } from "../../../../tracer-service/history/historyStore.ts";
import { verifyHistory } from "../../../../tracer-service/history/verifyHistory.ts";
import { batchOf, events, EVERYTHING, HistoryFixture, lineOf } from "./historyFixture.ts";

let fixture: HistoryFixture;
beforeEach(() => {
  fixture = new HistoryFixture();
});
afterEach(() => {
  fixture.close();
});

const seqs = (): number[] =>
  fixture
    .reader()
    .page(EVERYTHING)
    .events.map(({ seq }) => seq);

/** Up to two pages of each table and index, of each kind. */
function pagesOf(file: string): { readonly name: string; readonly number: number }[] {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const rows = database
    .prepare("SELECT name || ' ' || pagetype AS name, pageno FROM dbstat ORDER BY pageno")
    .all();
  database.close();
  const pages = rows.map((row) => ({ name: String(row["name"]), number: Number(row["pageno"]) }));
  return pages.filter(
    ({ name, number }) => pages.filter((each) => each.name === name && each.number < number).length < 2,
  );
}

describe("HistoryStore", () => {
  it("gives back each line as it was, of all workspaces in order", () => {
    const store = fixture.store();
    const all = events(1, 40).map((each) => ({
      ...each,
      user: `user${String(each.seq % 3)}`,
      exit: each.seq % 4 === 0,
    }));
    store.append(batchOf(all.slice(0, 25)), "slow");
    store.append(batchOf(all.slice(25)), "slow");
    store.close();
    const page = fixture.reader().page(EVERYTHING);
    expect(page.events.map(({ line }) => line)).toEqual(all.map(lineOf));
    expect(page).toMatchObject({ through: 40, done: true });
  });

  it("knows each of more workspaces than it has in memory again", () => {
    const store = fixture.store();
    const count = 3_000;
    const round = (first: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...{ seq: first + i, workspace: `w${String(i)}` },
        ...(i % 2 === 0 && { namespace: "n" }),
      }));
    store.append(batchOf(round(1)), "slow");
    store.append(batchOf(round(count + 1)), "slow");
    store.close();
    const workspaces = fixture.reader().workspaces();
    expect(workspaces).toHaveLength(count);
    expect(new Set(workspaces.map(({ labels }) => labels["workspace_name"])).size).toBe(count);
    expect(workspaces.filter(({ namespace }) => namespace === "n")).toHaveLength(count / 2);
  });

  it("goes on with the number after the last one, in every run", () => {
    const first = fixture.store();
    expect(first.opened).toMatchObject({ lastSeq: 0, oldestSeq: 0, unclean: false });
    first.append(batchOf(events(1, 5)), "slow");
    first.close();
    const second = fixture.store();
    expect(second.opened).toMatchObject({ lastSeq: 5, oldestSeq: 1, unclean: false });
    second.close();
  });

  it("goes on behind numbers that were given without it, says which they are, and stays a chain", () => {
    const first = fixture.store();
    first.append(batchOf(events(1, 5)), "slow");
    const { head } = first;
    first.close();
    const numbers = { withHistory: 90, without: 90 };
    const second = fixture.store({}, numbers);
    expect(second.opened).toMatchObject({ lastSeq: 90, head });
    second.close();
    // Also where nothing came of it.
    const third = fixture.store();
    expect(third.opened).toMatchObject({ lastSeq: 90, head });
    third.append(batchOf(events(92, 95)), "write_failed");
    third.close();
    const reader = fixture.reader();
    expect(reader.missing()).toEqual([
      { firstSeq: 6, lastSeq: 90, reason: "elsewhere" },
      { firstSeq: 91, lastSeq: 91, reason: "write_failed" },
    ]);
    expect(reader.resolve("run-1", 40)).toBe(40);
    expect(reader.compareHead(head)).toBe("extends");
    const database = new DatabaseSync(fixture.file, { readOnly: true });
    const { problems } = verifyHistory(database, { firstKey: undefined, keyEpoch: undefined, heads: [] });
    expect(problems).toEqual([]);
    database.close();
  });

  it.each([
    ["that is new", () => undefined],
    [
      "in the place of a damaged one",
      () => {
        writeFileSync(fixture.file, "damaged ".repeat(2_000));
      },
    ],
  ])("goes on behind what is reserved in a database %s", (_, prepare) => {
    prepare();
    const store = fixture.store({}, { withHistory: 0, without: 70 });
    expect(store.opened).toMatchObject({ lastSeq: 70, head: { seq: 0 } });
    store.close();
    const next = fixture.store({}, { withHistory: 0, without: 90 });
    expect(next.opened.lastSeq).toBe(70);
    next.close();
    expect(fixture.reader().missing()).toEqual([{ firstSeq: 1, lastSeq: 70, reason: "elsewhere" }]);
  });

  it.each([
    [1, "DROP TABLE seal; DROP TABLE forgotten"],
    [2, "DROP TABLE forgotten"],
  ])("is read as it is and written as its own where an earlier version has made it (%i)", (version, sql) => {
    const store = fixture.store();
    store.append(batchOf([{ seq: 1 }]), "slow");
    store.close();
    const database = new DatabaseSync(fixture.file);
    database.exec(`${sql}; PRAGMA user_version = ${String(version)}`);
    database.close();
    const reader = fixture.reader();
    expect([reader.forgotten(), reader.missing()]).toEqual([undefined, []]);
    const next = fixture.store({ maxAgeNs: 1n });
    next.append(batchOf([{ seq: 2 }]), "slow");
    fixture.nowNs = 250_000_000_000n;
    expect(next.prune()).toEqual({ size: 0, age: 2 });
    next.close();
  });

  it("says that a run did not end properly", () => {
    const store = fixture.store();
    store.append(batchOf(events(1, 5)), "slow");
    // As after a crash: everything but the note of its end.
    const database = new DatabaseSync(fixture.file);
    store.close();
    database.exec("UPDATE run SET ended_ns = NULL");
    database.close();
    const next = fixture.store();
    expect(next.opened).toMatchObject({ lastSeq: 5, unclean: true });
    next.close();
  });

  it("skips what is kept already", () => {
    const store = fixture.store();
    store.append(batchOf(events(1, 5)), "slow");
    store.append(batchOf(events(1, 5)), "slow");
    store.append(batchOf(events(6, 8)), "slow");
    store.close();
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("notes which numbers it never got, and why", () => {
    const store = fixture.store();
    store.append(batchOf(events(1, 3)), "slow");
    store.append(batchOf(events(7, 9)), "write_failed");
    store.close();
    expect(fixture.reader().missing()).toEqual([{ firstSeq: 4, lastSeq: 6, reason: "write_failed" }]);
    expect(seqs()).toEqual([1, 2, 3, 7, 8, 9]);
  });

  it("leaves a batch out as a whole when it can't be written", () => {
    const store = fixture.store();
    store.append(batchOf(events(1, 3)), "slow");
    const database = new DatabaseSync(fixture.file);
    database.exec("CREATE TRIGGER no BEFORE INSERT ON batch BEGIN SELECT RAISE(FAIL, 'disk full'); END");
    expect(() => {
      store.append(batchOf(events(4, 6, "robin")), "slow");
    }).toThrow("disk full");
    database.exec("DROP TRIGGER no");
    database.close();
    store.append(batchOf(events(7, 9, "robin")), "write_failed");
    store.close();
    expect(seqs()).toEqual([1, 2, 3, 7, 8, 9]);
  });

  it("tells workspaces of the same labels in two namespaces apart", () => {
    const store = fixture.store();
    store.append(batchOf([{ seq: 1, namespace: "a" }, { seq: 2, namespace: "b" }, { seq: 3 }]), "slow");
    store.close();
    expect(
      fixture
        .reader()
        .workspaces()
        .map(({ namespace }) => namespace),
    ).toEqual(["a", "b", undefined]);
  });

  it("puts a damaged database aside and begins a new one", () => {
    writeFileSync(fixture.file, "this is no database, and long enough to be taken for one".repeat(100));
    const store = fixture.store();
    expect(store.opened).toMatchObject({ lastSeq: 0, setAside: `${fixture.file}.damaged` });
    store.append(batchOf(events(1, 2)), "slow");
    store.close();
    expect(readFileSync(`${fixture.file}.damaged`, "utf8")).toContain("no database");
    expect(seqs()).toEqual([1, 2]);
  });

  it(
    "goes on whichever page of it is overwritten: it is put aside when that is met",
    { timeout: 120_000 },
    () => {
      const limits = { maxBytes: 400_000 };
      let seq = 0;
      const add = (store: HistoryStore, argument = randomBytes(900).toString("hex")): void => {
        const happened = events(seq + 1, seq + 20).map((event) => ({
          ...event,
          argv: ["x", argument + String(event.seq)],
        }));
        fixture.nowNs += 1_000_000_000n;
        store.append(batchOf(happened), "slow");
        seq += 20;
      };
      let store = fixture.store(limits);
      for (let batch = 0; batch < 40; batch++) add(store);
      store.close();
      const pages = pagesOf(fixture.file);
      const sound = readFileSync(fixture.file);
      const lastSeq = seq;
      expect(pages.length).toBeGreaterThan(10);
      for (const { name, number } of pages) {
        for (const suffix of ["-wal", "-shm", ".damaged"]) rmSync(fixture.file + suffix, { force: true });
        const damaged = Buffer.from(sound);
        damaged.fill(0xff, (number - 1) * 4096, number * 4096);
        writeFileSync(fixture.file, damaged);
        store = fixture.store(limits);
        seq = store.opened.lastSeq;
        expect([0, lastSeq], name).toContain(seq);
        const attempt = (work: () => void): void => {
          try {
            work();
          } catch (error) {
            if (!isDamage(error)) throw error;
            store.replaceDamaged();
            work();
          }
        };
        for (let batch = 0; batch < 40; batch++) {
          attempt(() => {
            add(store);
          });
          attempt(() => {
            store.prune();
          });
        }
        expect(store.bytes, name).toBeLessThanOrEqual(limits.maxBytes);
        store.close();
      }
    },
  );

  it("keeps a damaged database until the new one needs the room, and says when it is removed", () => {
    const limits = { maxBytes: 400_000 };
    writeFileSync(fixture.file, "no database ".repeat(30_000));
    const store = fixture.store(limits);
    const add = (first: number): void => {
      const argv = (): string[] => ["x", randomBytes(900).toString("hex")];
      store.append(batchOf(events(first, first + 9).map((each) => ({ ...each, argv: argv() }))), "slow");
    };
    let reports = 0;
    for (let first = 1; first < 400; first += 10) {
      add(first);
      const report = store.prune();
      const there = existsSync(`${fixture.file}.damaged`);
      if (there) expect(report).toBeUndefined();
      else if (reports++ === 0) expect(report).toEqual({ size: 0, age: 0, damagedBytes: 360_000 });
      else expect(report?.damagedBytes).toBeUndefined();
      expect(store.bytes).toBeLessThanOrEqual(there ? limits.maxBytes / 2 : limits.maxBytes);
    }
    expect(reports).toBeGreaterThan(1);
    store.close();
  });

  it("goes on with its numbers in a database that replaces a damaged one", () => {
    const store = fixture.store();
    store.append(batchOf(events(1, 5)), "slow");
    store.replaceDamaged();
    store.append(batchOf(events(6, 7)), "damaged");
    store.close();
    expect(existsSync(`${fixture.file}.damaged`)).toBe(true);
    expect(seqs()).toEqual([6, 7]);
  });

  it.each([
    ["of a newer version", "PRAGMA user_version = 99", "newer", "has version 99, of a newer service"],
    ["of another program", "PRAGMA application_id = 1", "foreign", "is a database of another program"],
  ])("does not touch a database %s", (_, change, fault, message) => {
    fixture.store().close();
    const database = new DatabaseSync(fixture.file);
    database.exec(change);
    database.close();
    const before = readFileSync(fixture.file);
    const error = openingError();
    expect(error.fault).toBe(fault);
    expect(error.message).toContain(message);
    expect(readFileSync(fixture.file).equals(before)).toBe(true);
  });

  it("keeps a second service away", () => {
    const store = fixture.store();
    expect(openingError()).toMatchObject({ fault: "busy" });
    store.close();
    fixture.store().close();
  });

  it("keeps nothing where others may write", () => {
    chmodSync(fixture.directory, 0o777);
    expect(openingError()).toMatchObject({
      fault: "unwritable",
      message: expect.stringContaining("others may write") as string,
    });
  });
});

function openingError(): HistoryError {
  try {
    fixture.store().close();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error("it was opened");
}
