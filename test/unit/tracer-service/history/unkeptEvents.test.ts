import { describe, expect, it } from "vitest";

import { HistoryBatchBuilder, type HistoryBatch } from "../../../../tracer-service/history/historyBatch.ts";
import { UnkeptEvents } from "../../../../tracer-service/history/unkeptEvents.ts";
import { events, historyEvent, lineOf } from "./historyFixture.ts";

function setUp(maxBytes = 1 << 20) {
  const builder = new HistoryBatchBuilder();
  const unkept = new UnkeptEvents(() => builder.collected, maxBytes);
  const write = (first: number, last: number, user?: string): void => {
    for (const each of events(first, last, user)) builder.add(historyEvent(each), lineOf(each));
  };
  return {
    unkept,
    write,
    batch: (first: number, last: number, user?: string): HistoryBatch => {
      write(first, last, user);
      const batch = builder.take("r", BigInt(last));
      unkept.add(batch);
      return batch;
    },
    keep: (batch: HistoryBatch): void => {
      unkept.kept(batch);
      builder.reuse(batch);
    },
    seqs: async (from: number): Promise<number[]> => (await unkept.read(from)).map(({ seq }) => seq),
  };
}

describe("UnkeptEvents", () => {
  it("is empty before the first event", async () => {
    const { unkept, seqs } = setUp();
    expect([unkept.oldestSeq, unkept.nextSeq(1), unkept.seqBefore(0n), unkept.bytes]).toEqual([
      ...[0, undefined, undefined, 0],
    ]);
    expect(await seqs(1)).toEqual([]);
  });

  it("reads events as they were written, from where they are asked for", async () => {
    const { unkept, batch, write } = setUp();
    batch(5, 7, "jessie");
    write(8, 9, "robin");
    const [event, ...more] = await unkept.read(6);
    const written = historyEvent({ seq: 6, user: "jessie" });
    expect(event).toEqual({
      ...{ seq: 6, timeNs: written.timeNs, type: "exec", labels: written.labels, namespace: undefined },
      line: lineOf({ seq: 6, user: "jessie" }),
    });
    expect(more.map(({ seq }) => seq)).toEqual([7]);
    expect((await unkept.read(8)).map(({ labels }) => labels["username"])).toEqual(["robin", "robin"]);
  });

  it("lets go of a batch once it is in the database, whose memory the next events then take", async () => {
    const { unkept, batch, keep, seqs } = setUp();
    const first = batch(1, 3);
    batch(4, 5);
    keep(first);
    expect([unkept.oldestSeq, unkept.nextSeq(1), await seqs(3)]).toEqual([4, 4, []]);
    batch(6, 6);
    batch(7, 8);
    expect([await seqs(4), await seqs(6), await seqs(7)]).toEqual([[4, 5], [6], [7, 8]]);
  });

  it("keeps those that never came into the database, and finds what is between them and the latest missing", async () => {
    const { unkept, batch, keep, seqs } = setUp();
    unkept.failed(batch(1, 2));
    keep(batch(3, 4));
    batch(5, 6);
    expect([1, 2, 3, 5, 7].map((seq) => unkept.nextSeq(seq))).toEqual([1, 2, 5, 5, undefined]);
    expect([await seqs(2), await seqs(3)]).toEqual([[2], []]);
  });

  it("drops the oldest of those that never came there, not what is on its way, when they are too many", () => {
    const { unkept, batch } = setUp(3_000);
    const onItsWay = batch(1, 2);
    const [second, third] = [batch(3, 4), batch(5, 6)];
    unkept.failed(second);
    unkept.failed(third);
    expect(unkept.nextSeq(1)).toBe(1);
    expect(unkept.nextSeq(3)).toBeUndefined();
    expect(unkept.bytes).toBe(onItsWay.lines.length);
  });

  it("has the numbers of events that are not to be kept, and not them: they are looked for elsewhere", async () => {
    const builder = new HistoryBatchBuilder();
    const unkept = new UnkeptEvents(() => builder.collected, 1 << 20);
    for (const each of events(1, 6))
      builder.add(historyEvent(each), lineOf(each), [3, 4, 6].includes(each.seq) ? 0 : Infinity);
    expect([1, 2, 3, 4, 5, 6].map((seq) => unkept.nextSeq(seq))).toEqual([1, 2, 5, 5, 5, undefined]);
    const seqs = async (from: number): Promise<number[]> => (await unkept.read(from)).map(({ seq }) => seq);
    expect([await seqs(1), await seqs(3), await seqs(5)]).toEqual([[1, 2], [], [5]]);
  });

  it.each([
    ["before all of them", 1_000_000_000n, undefined],
    ["in a batch", 3_000_000_000n, 2],
    ["in what is collected", 5_000_000_000n, 4],
    ["after all of them", 99_000_000_000n, 6],
  ])("knows the last event before a time %s", (_, timeNs, seq) => {
    const { unkept, batch, write } = setUp();
    batch(1, 3);
    write(4, 6);
    expect(unkept.seqBefore(timeNs)).toBe(seq);
  });
});
