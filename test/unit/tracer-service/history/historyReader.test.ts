import { DatabaseSync } from "node:sqlite";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { HistoryQuery } from "../../../../tracer-service/history/historyReader.ts";
import { batchOf, events, EVERYTHING, HistoryFixture, type Happened } from "./historyFixture.ts";

let fixture: HistoryFixture;
beforeEach(() => {
  fixture = new HistoryFixture();
});
afterEach(() => {
  fixture.close();
});

function write(all: readonly Happened[], batch = 7): void {
  const store = fixture.store();
  for (let first = 0; first < all.length; first += batch) {
    store.append(batchOf(all.slice(first, first + batch)), "slow");
  }
  store.close();
}

/** All pages of a query, one after the other. */
function allPages(query: HistoryQuery, pageEvents: number): number[] {
  const reader = fixture.reader();
  const found: number[] = [];
  let { after, before } = query;
  for (let done = false; !done;) {
    const page = reader.page({ ...query, after, before }, { events: pageEvents });
    found.push(...page.events.map(({ seq }) => seq));
    if (query.order === "oldest") after = page.through;
    else before = page.through;
    ({ done } = page);
  }
  return found;
}

describe("HistoryReader", () => {
  it("gives every event once, in order, whatever the pages, the range and the order", () => {
    const all = events(1, 100).map((each) => ({ ...each, user: `user${String(each.seq % 5)}` }));
    write(all);
    fc.assert(
      fc.property(
        fc.record({
          after: fc.nat(110),
          before: fc.nat(110),
          pages: fc.integer({ min: 1, max: 40 }),
          user: fc.nat(5),
        }),
        fc.constantFrom("oldest" as const, "newest" as const),
        ({ after, before, pages, user }, order) => {
          const ids = fixture
            .reader()
            .workspaces()
            .filter(({ labels }) => labels["username"] === `user${String(user)}`)
            .map(({ id }) => id);
          const expected = all.map(({ seq }) => seq).filter((seq) => seq > after && seq < before);
          const wanted = user === 5 ? expected : expected.filter((seq) => seq % 5 === user);
          const query = { ...EVERYTHING, after, before, order, workspaces: user === 5 ? undefined : ids };
          expect(allPages(query, pages)).toEqual(order === "oldest" ? wanted : wanted.reverse());
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(["oldest", "newest"] as const)(
    "gives one batch at a time where it has no more of it, %s first",
    (order) => {
      write(events(1, 21));
      const reader = fixture.reader();
      const pages: (number | undefined)[][] = [];
      for (let [after, before, done] = [0, 100, false]; !done;) {
        const page = reader.page({ ...EVERYTHING, order, after, before }, { ms: 0 });
        pages.push([page.events.length, page.events[0]?.seq]);
        if (order === "oldest") after = page.through;
        else before = page.through;
        ({ done } = page);
      }
      const firsts = order === "oldest" ? [1, 8, 15] : [21, 14, 7];
      expect(pages).toEqual(firsts.map((first) => [7, first]));
    },
  );

  it("gives the events of a time range, also where the clock was set back", () => {
    const seconds = [10, 11, 12, 13, 14, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    write(
      seconds.map((each, index) => ({ seq: index + 1, timeNs: BigInt(each) * 1_000_000_000n })),
      3,
    );
    const query = { ...EVERYTHING, sinceNs: 10_000_000_000n, untilNs: 12_000_000_000n };
    expect(allPages(query, 2)).toEqual([1, 2, 13, 14]);
  });

  it.each([
    ["a text in any case", { type: "text", text: "RM -rf" }, [2]],
    ["a text that JSON escapes", { type: "text", text: 'say "hi"' }, [3]],
    ["a text beyond ASCII", { type: "text", text: "ÜBER" }, [4]],
    ["a letter whose other case is beyond ASCII", { type: "text", text: "makk" }, [5]],
    ["an expression", { type: "regex", source: "^rm -[rf]+ /" }, [2]],
    ["an expression with a text that all matches hold", { type: "regex", source: "echo.*über" }, [4]],
    ["the arguments and not the labels", { type: "text", text: "jessie" }, []],
  ] as const)("finds %s", (_, pattern, expected) => {
    write([
      { seq: 1, argv: ["ls"] },
      { seq: 2, argv: ["rm", "-rf", "/tmp/x"] },
      { seq: 3, argv: ["echo", 'say "hi"'] },
      { seq: 4, argv: ["echo", "über"] },
      { seq: 5, argv: ["ma\u212ak"] },
      { seq: 6, exit: true },
    ]);
    expect(allPages({ ...EVERYTHING, pattern }, 10)).toEqual(expected);
  });

  it("refuses an expression that is none", () => {
    write(events(1, 2));
    expect(() => allPages({ ...EVERYTHING, pattern: { type: "regex", source: "(" } }, 10)).toThrow(
      "the regular expression is not understood",
    );
  });

  it("knows where a client of each run has to go on", () => {
    for (const [first, last] of [
      [1, 5],
      [6, 9],
    ] as const)
      write(events(first, last));
    const store = fixture.store();
    const reader = fixture.reader();
    // The run that printed 7 without keeping it ended at 5; in the next one 6 and 7 are others.
    expect(reader.resolve("run-1", 3)).toBe(3);
    expect(reader.resolve("run-1", 7)).toBe(5);
    expect(reader.resolve("run-2", 9)).toBe(9);
    expect(reader.resolve("run-3", 12)).toBe(12);
    expect(reader.resolve("another", 1)).toBeUndefined();
    store.close();
  });

  it("knows whether it goes on from a head that was told earlier", () => {
    const store = fixture.store();
    const heads = [store.head];
    for (const [first, last] of [
      [1, 3],
      [4, 6],
      [7, 9],
    ] as const) {
      store.append(batchOf(events(first, last)), "slow");
      heads.push(store.head);
    }
    expect(heads.map(({ seq }) => seq)).toEqual([0, 3, 6, 9]);
    store.close();
    const reader = fixture.reader();
    expect(heads.map((head) => reader.compareHead(head))).toEqual(heads.map(() => "extends"));
    const other = { hash: "0f".repeat(32) };
    expect([5, 6, 12].map((seq) => reader.compareHead({ ...other, seq }))).toEqual(
      Array.from({ length: 3 }, () => "differs"),
    );
    const database = new DatabaseSync(fixture.file);
    database.exec(
      "INSERT INTO cut SELECT 1, 2, hash FROM batch WHERE id = 2; DELETE FROM batch WHERE id < 3",
    );
    database.close();
    const later = fixture.reader();
    expect(heads.map((head) => later.compareHead(head))).toEqual([
      ...["extends", "not_kept", "extends", "extends"],
    ]);
  });

  it("finds the last event before a time", () => {
    write(events(1, 50));
    const reader = fixture.reader();
    // Batches of 7: one that begins before the time is told whole.
    expect(reader.seqBefore(30_000_000_000n)).toBe(28);
    expect(reader.seqBefore(0n)).toBe(0);
    expect(reader.seqBefore(99_000_000_000n)).toBe(50);
  });
});
