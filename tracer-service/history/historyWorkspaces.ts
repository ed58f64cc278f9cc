import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { HistoryOwner } from "./historyBatch.ts";
import type { Share } from "./pruneShares.ts";

/** What a chunk takes beside its bytes. */
export const CHUNK_OVERHEAD = 160;

interface Known {
  readonly user: string;
  bytes: number;
}

/** The workspaces that have, or had, events in the history, and what they take. */
export class HistoryWorkspaces {
  readonly #insert: StatementSync;
  readonly #grow: StatementSync;
  readonly #all: StatementSync;
  readonly #ids = new Map<string, number>();
  readonly #known = new Map<number, Known>();

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT INTO workspace (labels, namespace) VALUES (?, ?)");
    this.#grow = database.prepare("UPDATE workspace SET bytes = bytes + ? WHERE id = ?");
    this.#all = database.prepare("SELECT id, labels, namespace, bytes FROM workspace");
    this.reload();
  }

  /** What each takes. */
  get shares(): Share[] {
    return [...this.#known].map(([workspace, { user, bytes }]) => ({ workspace, user, bytes }));
  }

  /** Takes over what the database says, after a transaction was undone. */
  reload(): void {
    this.#ids.clear();
    this.#known.clear();
    for (const row of this.#all.iterate()) {
      const labels = String(row["labels"]);
      const namespace = row["namespace"] === null ? undefined : String(row["namespace"]);
      this.#add(Number(row["id"]), labels, namespace, Number(row["bytes"]));
    }
  }

  idOf({ labels, namespace }: HistoryOwner): number {
    const text = JSON.stringify(labels);
    const known = this.#ids.get(keyOf(text, namespace));
    if (known !== undefined) return known;
    const id = Number(this.#insert.run(text, namespace ?? null).lastInsertRowid);
    this.#add(id, text, namespace, 0);
    return id;
  }

  /** A chunk of so many bytes has come. */
  grow(workspace: number, chunkBytes: number): void {
    this.#change(workspace, chunkBytes + CHUNK_OVERHEAD);
  }

  /** Chunks that took so much, overhead included, are gone. */
  shrink(workspace: number, bytes: number): void {
    this.#change(workspace, -bytes);
  }

  #change(workspace: number, bytes: number): void {
    this.#grow.run(bytes, workspace);
    const known = this.#known.get(workspace);
    if (known !== undefined) known.bytes += bytes;
  }

  #add(id: number, labels: string, namespace: string | undefined, bytes: number): void {
    this.#ids.set(keyOf(labels, namespace), id);
    this.#known.set(id, { user: userOf(labels), bytes });
  }
}

function keyOf(labels: string, namespace: string | undefined): string {
  return `${labels}\n${namespace ?? ""}`;
}

function userOf(labels: string): string {
  const username = (JSON.parse(labels) as Record<string, unknown>)["username"];
  return typeof username === "string" ? username : "";
}
