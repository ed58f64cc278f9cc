import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HistoryWriter } from "../../../../tracer-service/history/historyWriter.ts";
import { HistoryFixture, historyEvent, lineOf } from "./historyFixture.ts";

let fixture: HistoryFixture;
let writer: HistoryWriter | undefined;
let said: string[];
beforeEach(() => {
  fixture = new HistoryFixture();
  said = [];
});
afterEach(async () => {
  await writer?.close();
  fixture.close();
});

async function open(maxWaitingBytes?: number): Promise<HistoryWriter> {
  const say = (_fields: object, message: string): void => void said.push(message);
  writer = await HistoryWriter.open({
    ...{ directory: fixture.directory, run: "run", bootId: "boot", ring: "r" },
    limits: { maxBytes: 1_073_741_824, maxAgeNs: 1n << 62n },
    log: { info: say, warn: say, error: say },
    ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
  });
  if (writer === undefined) throw new Error(said.join("; "));
  return writer;
}

/** Keeps the writer's thread waiting until the end of the call. */
async function whileLocked(work: () => void | Promise<void>): Promise<void> {
  const other = new DatabaseSync(fixture.file);
  other.exec("BEGIN IMMEDIATE");
  try {
    await work();
  } finally {
    other.exec("COMMIT");
    other.close();
  }
}

describe("HistoryWriter", { timeout: 60_000 }, () => {
  it("sends what waited for a batch together, with the next", async () => {
    const history = await open();
    const write = (seq: number, user = "jessie"): void => {
      const each = { seq, user, argv: ["x".repeat(20_000)] };
      history.write(historyEvent(each), lineOf(each));
      history.mark(BigInt(seq));
    };
    await whileLocked(() => {
      // Some 4 MB: four times what else makes a batch.
      for (let seq = 1; seq <= 100; seq++) write(seq);
      expect(history.keptPosition).toBe(0n);
    });
    await history.settled();
    expect(history.keptPosition).toBe(100n);
    expect(history.statistics).toMatchObject({ batches: 2, kept: 100, waitingBytes: 0 });
  });

  it("counts what finds no room, of one who floods only, until it has caught up", async () => {
    const history = await open(100_000);
    let seq = 0;
    const write = (user: string): void => {
      const each = { seq: ++seq, user };
      history.write(historyEvent(each), lineOf(each));
      history.mark(BigInt(seq));
    };
    for (let i = 0; i < 1_000; i++) write("mallory");
    write("jessie");
    const { missing } = history.statistics;
    expect(missing.slow).toBeGreaterThan(800);
    expect(history.unrecorded).toEqual([{ firstSeq: 1_001 - missing.slow, lastSeq: 1_000 }]);
    await history.settled();
    write("robin");
    await history.settled();
    expect(history.unrecorded).toEqual([]);
    expect(history.keptPosition).toBe(1_002n);
    expect(said).toEqual([expect.stringContaining("can't be written"), "the history is written again"]);
    const removed = fixture
      .reader()
      .workspaces()
      .map(({ labels, removed }) => [labels["username"], removed?.events]);
    expect(removed).toEqual([
      ["mallory", missing.slow],
      ["jessie", undefined],
      ["robin", undefined],
    ]);
    await vi.waitFor(() => {
      expect(history.statistics.kept).toBe(1_002 - missing.slow);
    });
  });

  it("counts everything once there is no room for anybody, and says which numbers are missing", async () => {
    const history = await open(10_000);
    let seq = 0;
    const write = (): void => {
      const each = { seq: ++seq, user: `u${String(seq)}` };
      history.write(historyEvent(each), lineOf(each));
      history.mark(BigInt(seq));
    };
    for (let i = 0; i < 100; i++) write();
    const { slow } = history.statistics.missing;
    expect(slow).toBeGreaterThan(80);
    await history.settled();
    write();
    await history.settled();
    expect(history.statistics).toMatchObject({ kept: 101 - slow, missing: { slow } });
    const gone = fixture
      .reader()
      .workspaces()
      .reduce((sum, { removed }) => sum + (removed?.events ?? 0), 0);
    const [hole] = fixture.reader().missing();
    expect(gone + (hole === undefined ? 0 : hole.lastSeq - hole.firstSeq + 1)).toBe(slow);
    expect(hole?.lastSeq).toBe(100);
    expect(history.keptPosition).toBe(101n);
  });
});
