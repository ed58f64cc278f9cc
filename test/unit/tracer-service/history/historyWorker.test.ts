import { DatabaseSync } from "node:sqlite";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SealKey } from "../../../../tracer-service/history/sealKey.ts";
import type {
  FromHistoryWorker,
  HistoryWorkerData,
} from "../../../../tracer-service/history/workerMessages.ts";
import { batchOf, events, HistoryFixture } from "./historyFixture.ts";

const MAX_BYTES = 400_000;
const file = new URL("../../../../tracer-service/history/historyWorker.ts", import.meta.url);

describe("the history's worker", () => {
  let fixture: HistoryFixture;
  let worker: Worker;
  let said: FromHistoryWorker[];

  beforeEach(() => {
    fixture = new HistoryFixture();
  });
  afterEach(async () => {
    await worker.terminate();
    fixture.close();
  });

  const start = async (): Promise<void> => {
    const limits = { maxBytes: MAX_BYTES, maxAgeNs: 1_000_000_000_000_000_000_000n };
    const workerData: HistoryWorkerData = { directory: fixture.directory, run: "w", bootId: "boot", limits };
    worker = new Worker(file, { workerData });
    said = [];
    worker.on("message", (message: FromHistoryWorker) => said.push(message));
    await once(worker, "message");
  };
  const big = (first: number) =>
    batchOf(
      events(first, first + 19).map((event) => ({ ...event, argv: [randomBytes(900).toString("hex")] })),
    );
  const keep = async (first: number): Promise<void> => {
    const kept = said.filter(({ type }) => type === "kept").length;
    worker.postMessage({ type: "batch", batch: big(first) });
    while (said.filter(({ type }) => type === "kept").length === kept) await once(worker, "message");
  };

  it("puts a history aside of which only a page of old events is damaged", { timeout: 60_000 }, async () => {
    const store = fixture.store({ maxBytes: MAX_BYTES });
    let seq = 1;
    for (; seq <= 400; seq += 20) store.append(big(seq), "slow");
    store.close();
    const database = new DatabaseSync(fixture.file);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const leaves = database
      .prepare(
        "SELECT pageno FROM dbstat WHERE name = 'chunk' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 1",
      )
      .all();
    database.close();
    // The first one is read when it is opened.
    expect(leaves).toHaveLength(1);
    const content = readFileSync(fixture.file);
    for (const { pageno } of leaves) content.fill(0xff, (Number(pageno) - 1) * 4096, Number(pageno) * 4096);
    writeFileSync(fixture.file, content);

    await start();
    for (; seq <= 800; seq += 20) await keep(seq);
    const replaced = said.filter(({ type }) => type === "replaced");
    expect(replaced).toMatchObject([{ setAside: `${fixture.file}.damaged` }]);
    // By then the new one needs the room.
    const removed = said.filter((message) => message.type === "pruned" && message.damagedBytes !== undefined);
    expect(removed).toHaveLength(1);
    expect(existsSync(`${fixture.file}.damaged`)).toBe(false);
    const kept = said.flatMap((message) => (message.type === "kept" ? [message] : []));
    expect(kept.map(({ error }) => error)).toEqual(kept.map(() => undefined));
    expect(kept.at(-1)?.state.bytes).toBeLessThanOrEqual(MAX_BYTES);
  });

  it("seals the last batch though none follows it", { timeout: 60_000 }, async () => {
    SealKey.create(fixture.directory);
    await start();
    await keep(1);
    await keep(21);
    const database = new DatabaseSync(fixture.file, { readOnly: true });
    const sealed = database.prepare("SELECT max(batch) AS batch FROM seal");
    while (Number(sealed.get()?.["batch"]) < 2) await new Promise((resolve) => setTimeout(resolve, 200));
    database.close();
    worker.postMessage({ type: "close" });
    while (!said.some(({ type }) => type === "closed")) await once(worker, "message");
    expect(said.at(-1)).toEqual({ type: "closed", error: undefined });
  });
});
