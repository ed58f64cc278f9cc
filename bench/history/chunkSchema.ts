import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { HistoryBatchBuilder } from "../../tracer-service/history/historyBatch.ts";
import { HistoryReader } from "../../tracer-service/history/historyReader.ts";
import { HistoryStore } from "../../tracer-service/history/historyStore.ts";
import { historyFile } from "../../tracer-service/history/openHistory.ts";
import type { Logged, Schema } from "./schema.ts";

/** The service's own history. */
export function chunkSchema(directory: string): Schema {
  const own = join(directory, "chunks");
  const store = HistoryStore.open({
    ...{ directory: own, run: "bench", bootId: "boot", nowNs: () => 0n },
    limits: { maxBytes: 2 ** 40, maxAgeNs: 2n ** 62n },
  });
  const builder = new HistoryBatchBuilder();
  let position = 0n;
  return {
    name: "chunks (ours)",
    append: (batch: readonly Logged[]) => {
      for (const { event, line } of batch) builder.add(event, line);
      store.append(builder.take("ring", (position += 1n)), "slow");
    },
    count: (text, username) => {
      const reader = new HistoryReader(historyFile(own));
      const workspaces =
        username === undefined
          ? undefined
          : reader
              .workspaces()
              .filter(({ labels }) => labels["username"] === username)
              .map(({ id }) => id);
      const query = { workspaces, sinceNs: undefined, untilNs: undefined, order: "oldest" } as const;
      let count = 0;
      for (let after = 0, done = false; !done;) {
        const pattern = { type: "text", text } as const;
        const page = reader.page({ ...query, after, before: Number.MAX_SAFE_INTEGER, pattern });
        count += page.events.length;
        ({ through: after, done } = page);
      }
      reader.close();
      return count;
    },
    bytes: () => {
      const database = new DatabaseSync(historyFile(own));
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
      return statSync(historyFile(own)).size;
    },
    close: () => {
      store.close();
    },
  };
}
