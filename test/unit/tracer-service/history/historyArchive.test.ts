import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HistoryArchive } from "../../../../tracer-service/history/historyArchive.ts";
import { batchOf, events, EVERYTHING, HistoryFixture } from "./historyFixture.ts";

const WRITER = {
  settled: () => Promise.resolve(),
  oldestSeq: 1,
  head: { seq: 9, hash: "" },
  unrecorded: [],
};

let fixture: HistoryFixture;
let archive: HistoryArchive;

beforeEach(() => {
  fixture = new HistoryFixture();
  const store = fixture.store();
  store.append(batchOf(events(1, 9)), "slow");
  store.close();
});

afterEach(async () => {
  await archive.close();
  fixture.close();
});

function open(idleMs: number): void {
  archive = new HistoryArchive(fixture.file, WRITER, idleMs);
}

async function numbers(): Promise<number[]> {
  const { events: found } = await archive.page(EVERYTHING, () => true);
  return found.map(({ seq }) => seq);
}

describe("HistoryArchive", () => {
  it("has no thread before it is asked", () => {
    open(60_000);
    expect(archive.running).toBe(false);
  });

  it("keeps its thread from one question to the next", async () => {
    open(60_000);
    await numbers();
    expect(archive.running).toBe(true);
  });

  it("ends its thread when nothing is asked any more, and answers what is asked later", async () => {
    open(1);
    expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await vi.waitFor(() => {
      expect(archive.running).toBe(false);
    });
    expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("answers all of many questions, however short it waits for the next", async () => {
    open(0);
    const answers = await Promise.all(Array.from({ length: 20 }, () => numbers()));
    expect(answers.flat()).toHaveLength(180);
  });
});
