import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Workspaces that have nothing left, and of which it is still known by name what was removed. */
const EMPTY_WORKSPACES = 10_000;
/** In one transaction; so many more are let be, so that not every removal forgets some. */
const AT_A_TIME = 1_000;

interface EmptyRow {
  readonly id: bigint;
  readonly events: bigint;
  readonly execs: bigint;
  readonly first_seq: bigint;
  readonly last_seq: bigint;
}

/**
 * Forgets workspaces of which nothing is left, those first whose last event is the oldest: whoever makes new ones all day
 * would fill the history with their names. What was removed of them is kept as a sum for each range of their numbers,
 * which are never given again.
 */
export class ForgottenWorkspaces {
  readonly #count: StatementSync;
  readonly #empty: StatementSync;
  readonly #delete: StatementSync;
  readonly #before: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    // The latest stays: its number is the last that was given.
    const empty = `FROM workspace WHERE bytes <= 0 AND removed_events > 0
      AND id < (SELECT max(id) FROM workspace)
      AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.id >= workspace.id << 40 AND chunk.id < (workspace.id + 1) << 40)`;
    this.#count = database.prepare(`SELECT count(*) AS count ${empty}`);
    this.#empty = database.prepare(
      `SELECT id, removed_events AS events, removed_execs AS execs, removed_first_seq AS first_seq,
        removed_last_seq AS last_seq ${empty} ORDER BY removed_last_seq LIMIT ?`,
    );
    this.#empty.setReadBigInts(true);
    this.#delete = database.prepare("DELETE FROM workspace WHERE id = ?");
    this.#before = database.prepare("SELECT * FROM forgotten WHERE last_id = ?");
    this.#before.setReadBigInts(true);
    this.#after = database.prepare("SELECT * FROM forgotten WHERE first_id = ?");
    this.#after.setReadBigInts(true);
    this.#remove = database.prepare("DELETE FROM forgotten WHERE first_id = ?");
    this.#insert = database.prepare("INSERT INTO forgotten VALUES (?, ?, ?, ?, ?, ?)");
  }

  /** Whether there are more than are remembered. */
  get isDue(): boolean {
    return Number(this.#count.get()?.["count"]) > EMPTY_WORKSPACES + AT_A_TIME;
  }

  /** Forgets some; within a transaction. */
  forget(): void {
    for (const row of this.#empty.all(AT_A_TIME)) this.#forget(row as unknown as EmptyRow);
  }

  #forget({ id, events, execs, first_seq, last_seq }: EmptyRow): void {
    this.#delete.run(id);
    let [firstId, lastId, firstSeq, lastSeq] = [id, id, first_seq, last_seq];
    for (const range of [this.#before.get(id - 1n), this.#after.get(id + 1n)]) {
      if (range === undefined) continue;
      const known = range as unknown as EmptyRow & { readonly first_id: bigint; readonly last_id: bigint };
      this.#remove.run(known.first_id);
      if (known.first_id < firstId) firstId = known.first_id;
      if (known.last_id > lastId) lastId = known.last_id;
      if (known.first_seq < firstSeq) firstSeq = known.first_seq;
      if (known.last_seq > lastSeq) lastSeq = known.last_seq;
      events += known.events;
      execs += known.execs;
    }
    this.#insert.run(firstId, lastId, events, execs, firstSeq, lastSeq);
  }
}
