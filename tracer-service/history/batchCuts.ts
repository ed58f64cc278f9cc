import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Removes batches that have no chunk left, so that they take no room, and lets `cut` stand for each row of them. */
export class BatchCuts {
  readonly #hasChunk: StatementSync;
  readonly #last: StatementSync;
  readonly #hash: StatementSync;
  readonly #delete: StatementSync;
  readonly #before: StatementSync;
  readonly #after: StatementSync;
  readonly #insert: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#hasChunk = database.prepare("SELECT 1 FROM chunk WHERE batch = ? LIMIT 1");
    this.#last = database.prepare("SELECT max(id) AS id FROM batch");
    this.#hash = database.prepare("SELECT hash FROM batch WHERE id = ?");
    this.#delete = database.prepare("DELETE FROM batch WHERE id = ?");
    this.#before = database.prepare(
      "SELECT first_batch FROM cut WHERE last_batch = ? - 1 AND first_batch < ?",
    );
    this.#after = database.prepare("SELECT last_batch, last_hash FROM cut WHERE first_batch = ? + 1");
    this.#insert = database.prepare("INSERT OR REPLACE INTO cut VALUES (?, ?, ?)");
    this.#forget = database.prepare("DELETE FROM cut WHERE first_batch = ?");
  }

  /** Looks at these batches; within a transaction. The latest stays: it says where numbers go on. */
  cut(batches: readonly number[]): void {
    const latest = Number(this.#last.get()?.["id"]);
    for (const batch of [...new Set(batches)].sort((a, b) => a - b)) {
      if (batch === latest || this.#hasChunk.get(batch) !== undefined) continue;
      const hash = this.#hash.get(batch)?.["hash"];
      if (!(hash instanceof Uint8Array)) continue;
      this.#delete.run(batch);
      const before = this.#before.get(batch, batch)?.["first_batch"];
      const after = this.#after.get(batch);
      if (after !== undefined) this.#forget.run(batch + 1);
      const afterHash = after?.["last_hash"];
      this.#insert.run(
        typeof before === "number" ? before : batch,
        after === undefined ? batch : Number(after["last_batch"]),
        afterHash instanceof Uint8Array ? afterHash : hash,
      );
    }
  }
}
