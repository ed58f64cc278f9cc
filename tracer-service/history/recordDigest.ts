import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import { hasForgotten } from "./historySchema.ts";

/**
 * Digest of what a history says beside its chain, as far as it is final with a batch: what was removed, runs, numbers
 * that are missing, and the compressor's dictionary. Each seal covers it.
 */
export function recordDigest(database: DatabaseSync, batch: number): Buffer {
  const digest = new RowDigest(database);
  addRemoved(database, digest);
  const last = database.prepare("SELECT run, first_seq FROM batch WHERE id = ?").get(batch);
  const [run, seq] = [Number(last?.["run"] ?? 0), Number(last?.["first_seq"] ?? 0)];
  digest.add(
    "SELECT id, name, boot, started_ns, first_seq, adopted, ended_ns FROM run WHERE id < ? ORDER BY id",
    run,
  );
  // It has not ended yet.
  digest.add("SELECT id, name, boot, started_ns, first_seq, adopted FROM run WHERE id = ?", run);
  digest.add("SELECT * FROM missing WHERE first_seq < ? ORDER BY first_seq", seq);
  digest.add("SELECT * FROM meta ORDER BY key");
  return digest.value();
}

/** What seals of earlier versions cover: only what was removed. */
export function removedDigest(database: DatabaseSync): Buffer {
  const digest = new RowDigest(database);
  addRemoved(database, digest);
  return digest.value();
}

function addRemoved(database: DatabaseSync, digest: RowDigest): void {
  digest.add(`SELECT id, labels, namespace, removed_events, removed_execs, removed_first_seq, removed_last_seq,
    removed_first_ns, removed_last_ns FROM workspace WHERE removed_events > 0 ORDER BY id`);
  digest.add("SELECT first_batch, last_batch, last_hash FROM cut ORDER BY first_batch");
  if (hasForgotten(database) && database.prepare("SELECT 1 FROM forgotten LIMIT 1").get() !== undefined)
    digest.add("SELECT * FROM forgotten ORDER BY first_id");
}

/** SHA-256 of rows, query by query. */
class RowDigest {
  readonly #database: DatabaseSync;
  readonly #digest = createHash("sha256");

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  add(query: string, ...parameters: number[]): void {
    const statement = this.#database.prepare(query);
    statement.setReadBigInts(true);
    for (const row of statement.iterate(...parameters)) {
      const values = Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value),
      );
      this.#digest.update(`${JSON.stringify(values)}\n`);
    }
    this.#digest.update("\n");
  }

  value(): Buffer {
    return this.#digest.digest();
  }
}
