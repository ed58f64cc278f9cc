import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import { hasForgotten } from "./historySchema.ts";

/** Digest of everything that a history says it removed: each seal covers it. */
export function removedDigest(database: DatabaseSync): Buffer {
  const digest = createHash("sha256");
  const add = (query: string): void => {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    for (const row of statement.iterate()) {
      const values = Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value),
      );
      digest.update(`${JSON.stringify(values)}\n`);
    }
    digest.update("\n");
  };
  add(`SELECT id, labels, namespace, removed_events, removed_execs, removed_first_seq, removed_last_seq,
    removed_first_ns, removed_last_ns FROM workspace WHERE removed_events > 0 ORDER BY id`);
  add("SELECT first_batch, last_batch, last_hash FROM cut ORDER BY first_batch");
  if (hasForgotten(database) && database.prepare("SELECT 1 FROM forgotten LIMIT 1").get() !== undefined)
    add("SELECT * FROM forgotten ORDER BY first_id");
  return digest.digest();
}
