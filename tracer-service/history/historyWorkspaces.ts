import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { HistoryOwner } from "./historyBatch.ts";
import type { Share } from "./pruneShares.ts";

/** What a chunk takes beside its bytes. */
export const CHUNK_OVERHEAD = 160;

/** Some events of a workspace. */
export interface EventRange {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** ns since 1970 UTC. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  readonly events: number;
  readonly execs: number;
}

/** Numbers in memory, of the workspaces that were written to last; the database finds the others. */
const MAX_IDS = 1_024;

/**
 * The workspaces that have, or had, events in the history, and what they take. They may be any number, each of which
 * lived for one program: memory holds the latest only.
 */
export class HistoryWorkspaces {
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #grow: StatementSync;
  readonly #note: StatementSync;
  readonly #shares: StatementSync;
  /** The one that was used last is the last. */
  readonly #ids = new Map<string, number>();

  constructor(database: DatabaseSync) {
    // Of no version of its own: services that do not know it keep it all the same.
    database.exec("CREATE INDEX IF NOT EXISTS workspace_owner ON workspace (labels, namespace)");
    this.#insert = database.prepare("INSERT INTO workspace (labels, namespace) VALUES (?, ?)");
    this.#find = database.prepare("SELECT id FROM workspace WHERE labels = ? AND namespace IS ?");
    this.#grow = database.prepare("UPDATE workspace SET bytes = bytes + ? WHERE id = ?");
    this.#note = database.prepare(
      `UPDATE workspace SET removed_events = removed_events + :events, removed_execs = removed_execs + :execs,
        removed_first_seq = min(coalesce(removed_first_seq, :firstSeq), :firstSeq),
        removed_last_seq = max(coalesce(removed_last_seq, 0), :lastSeq),
        removed_first_ns = min(coalesce(removed_first_ns, :firstNs), :firstNs),
        removed_last_ns = max(coalesce(removed_last_ns, 0), :lastNs) WHERE id = :workspace`,
    );
    this.#shares = database.prepare(
      `SELECT id, bytes, iif(json_type(labels, '$.username') = 'text', json_extract(labels, '$.username'), '') AS user
        FROM workspace WHERE bytes > 0`,
    );
  }

  /** What each takes that takes anything. */
  shares(): Share[] {
    const shares: Share[] = [];
    const users = new Map<string, string>();
    // Row by row: all of them at once would take many times what is made of them.
    for (const row of this.#shares.iterate()) {
      const user = String(row["user"]);
      // The same text once: most are of few users.
      const known = users.get(user) ?? user;
      users.set(known, known);
      shares.push({ workspace: Number(row["id"]), user: known, bytes: Number(row["bytes"]) });
    }
    return shares;
  }

  /** To be called when a transaction was undone: numbers that it gave are nobody's. */
  forget(): void {
    this.#ids.clear();
  }

  idOf({ labels, namespace }: HistoryOwner): number {
    const text = JSON.stringify(labels);
    const key = `${text}\n${namespace ?? ""}`;
    const id = this.#ids.get(key) ?? this.#findOrAdd(text, namespace ?? null);
    this.#ids.delete(key);
    this.#ids.set(key, id);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > MAX_IDS && oldest !== undefined) this.#ids.delete(oldest);
    return id;
  }

  /** A chunk of so many bytes has come. */
  grow(workspace: number, chunkBytes: number): void {
    this.#grow.run(chunkBytes + CHUNK_OVERHEAD, workspace);
  }

  /** Chunks that took so much, overhead included, are gone. */
  shrink(workspace: number, bytes: number): void {
    this.#grow.run(-bytes, workspace);
  }

  /** Notes that some of its events are not kept, or not any more. */
  noteRemoved(workspace: number, range: EventRange): void {
    this.#note.run({ ...range, workspace });
  }

  #findOrAdd(labels: string, namespace: string | null): number {
    const found = this.#find.get(labels, namespace)?.["id"];
    return Number(found ?? this.#insert.run(labels, namespace).lastInsertRowid);
  }
}
