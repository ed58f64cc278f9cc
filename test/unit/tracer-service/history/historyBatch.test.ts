import { describe, expect, it } from "vitest";

import { HistoryBatchBuilder, SKIPPED } from "../../../../tracer-service/history/historyBatch.ts";
import { EVENT_TYPES } from "../../../../tracer-service/history/historyChunk.ts";
import { historyEvent, lineOf, type Happened } from "./historyFixture.ts";

const LINE = lineOf({ seq: 1 }).length;

describe("HistoryBatchBuilder", () => {
  it("takes of one who floods as much as it leaves free, by all workspaces together, and all of everybody else", () => {
    const builder = new HistoryBatchBuilder();
    const maxBytes = 20 * LINE;
    let seq = 0;
    const add = (happened: Omit<Happened, "seq">): boolean => {
      const each = { ...happened, seq: ++seq };
      return builder.add(historyEvent(each), lineOf(each), maxBytes);
    };
    const flood = Array.from({ length: 100 }, (_, index) =>
      add({ user: "mallory", workspace: `w${String(index % 3)}` }),
    );
    const taken = flood.filter((isTaken) => isTaken).length;
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThanOrEqual(10);
    expect(add({ user: "jessie" })).toBe(true);
    expect(add({ user: "mallory" })).toBe(false);
    expect(add({ user: "robin" })).toBe(true);
    const { firstSeq, count, skipped, types, lines } = builder.take("r", 1n);
    expect([firstSeq, count, skipped]).toEqual([1, 103, 103 - taken - 2]);
    expect([...types.subarray(0, count)].filter((type) => (type & SKIPPED) !== 0)).toHaveLength(skipped);
    expect(Buffer.from(lines).toString()).toContain(lineOf({ seq: 101, user: "jessie" }));
    // What was taken out leaves room again.
    expect(add({ user: "mallory" })).toBe(true);
    while (add({ user: "jessie" }));
    expect(add({ user: "robin" })).toBe(true);
  });

  it("says when there is no room for anybody", () => {
    const builder = new HistoryBatchBuilder();
    for (let seq = 1; builder.hasRoom(5 * LINE); seq++)
      builder.add(historyEvent({ seq, user: `u${String(seq)}` }), lineOf({ seq }));
    expect(builder.count).toBe(5);
  });

  it("has every event as it was told, of whom it was told, also when it has to grow, and in each batch anew", () => {
    const builder = new HistoryBatchBuilder();
    for (const [first, user] of [
      [1, "jessie"],
      [2_001, "robin"],
    ] as const) {
      const all: Happened[] = Array.from({ length: 2_000 }, (_, index) => ({
        ...{ seq: first + index, user, workspace: `w${String(index % 3)}`, exit: index % 2 === 1 },
        timeNs: BigInt(first * 7 + index),
      }));
      for (const each of all) builder.add(historyEvent(each), lineOf(each));
      const batch = builder.take("r", 1n);
      expect(batch).toMatchObject({ firstSeq: first, count: 2_000, skipped: 0 });
      expect([...batch.times.subarray(0, 2_000)]).toEqual(all.map(({ timeNs }) => timeNs));
      expect(Buffer.from(batch.lines).toString()).toBe(all.map(lineOf).join(""));
      const told = all.map((_, index) => {
        const { labels } = batch.owners[batch.ownerOf[index] ?? -1] ?? {};
        const line = batch.lines.subarray(batch.ends[index - 1] ?? 0, batch.ends[index]);
        return [
          labels?.["workspace_name"],
          EVENT_TYPES[batch.types[index] ?? -1],
          Buffer.from(line).toString(),
        ];
      });
      expect(told).toEqual(all.map((each) => [each.workspace, each.exit ? "exit" : "exec", lineOf(each)]));
      expect(batch.owners.map(({ labels }) => labels["username"])).toEqual([user, user, user]);
    }
  });
});
