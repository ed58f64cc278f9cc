import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { HistoryWorkspaces } from "./historyWorkspaces.ts";
import { CHUNK_OVERHEAD } from "./historyWorkspaces.ts";
import { BatchCuts } from "./batchCuts.ts";
import { ForgottenWorkspaces } from "./forgottenWorkspaces.ts";
import { chunkId, type ChunkRow } from "./historySchema.ts";
import { WAL_BYTES } from "./openHistory.ts";
import { pruneShares } from "./pruneShares.ts";

/** How much is kept, and how long. */
export interface HistoryLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxAgeNs: bigint;
}

/** Seals what a transaction removes, in that transaction. */
export interface TransactionSeal {
  begin(): void;
  /** It is committed. */
  end(): void;
}

/** What was removed. */
export interface PruneReport {
  readonly size: number;
  readonly age: number;
  /** Of a damaged database that had been put aside, where it was removed to make room. */
  readonly damagedBytes?: number;
}

interface DatedBatch {
  readonly id: bigint;
  readonly last_ns: bigint;
}

type SizedChunk = ChunkRow & { readonly bytes: bigint };

const COLUMNS =
  "id, batch, workspace, first_seq, last_seq, first_ns, last_ns, events, execs, length(data) AS bytes";
/** Room that is made at a time, as a part of the limit. */
const STEP = 0.02;
/** Chunks in one transaction: readers and the next batch wait for no longer. */
const CHUNKS_A_TRANSACTION = 2_000;
const AGE_INTERVAL_NS = 60_000_000_000n;
const BATCHES_AT_A_TIME = 500;

/** Removes the oldest chunks of whoever takes the most, and those that are too old; and notes what it removed. */
export class HistoryPruner {
  readonly #database: DatabaseSync;
  readonly #workspaces: HistoryWorkspaces;
  readonly #limits: HistoryLimits;
  readonly #cuts: BatchCuts;
  readonly #forgotten: ForgottenWorkspaces;
  readonly #seal: TransactionSeal | undefined;
  readonly #pages: StatementSync;
  readonly #oldestOf: StatementSync;
  readonly #ofBatch: StatementSync;
  readonly #oldBatches: StatementSync;
  readonly #deleteChunk: StatementSync;
  #agedNs = 0n;

  constructor(
    database: DatabaseSync,
    workspaces: HistoryWorkspaces,
    limits: HistoryLimits,
    seal?: TransactionSeal,
  ) {
    this.#seal = seal;
    this.#database = database;
    this.#workspaces = workspaces;
    this.#limits = limits;
    this.#cuts = new BatchCuts(database);
    this.#forgotten = new ForgottenWorkspaces(database);
    this.#pages = database.prepare(
      `SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS used,
        (SELECT page_size FROM pragma_page_size) AS size`,
    );
    const chunks = (where: string): StatementSync => {
      const statement = database.prepare(`SELECT ${COLUMNS} FROM chunk WHERE ${where} ORDER BY id`);
      statement.setReadBigInts(true);
      return statement;
    };
    this.#oldestOf = chunks("id >= ? AND id < ?");
    this.#ofBatch = chunks("batch = ?");
    this.#oldBatches = database.prepare("SELECT id, last_ns FROM batch WHERE id > ? ORDER BY id LIMIT ?");
    this.#oldBatches.setReadBigInts(true);
    this.#deleteChunk = database.prepare("DELETE FROM chunk WHERE id = ?");
  }

  usedBytes(): number {
    const row = this.#pages.get();
    return Number(row?.["used"] ?? 0) * Number(row?.["size"] ?? 0);
  }

  /** Undefined when nothing was to be removed. */
  prune(nowNs: bigint): PruneReport | undefined {
    const size = this.#pruneBySize();
    const age = this.#pruneByAge(nowNs);
    if (size + age === 0) return undefined;
    while (this.#forgotten.isDue) this.#forget();
    return { size, age };
  }

  /** What the database may take beside its write-ahead log, bytes. */
  get roomBytes(): number {
    return this.#limits.maxBytes - Math.min(WAL_BYTES, this.#limits.maxBytes / 2);
  }

  #pruneBySize(): number {
    let removed = 0;
    for (let used = this.usedBytes(); used > this.roomBytes; used = this.usedBytes()) {
      const gone = this.#makeRoom(used - this.roomBytes + this.#limits.maxBytes * STEP);
      if (gone === 0) break;
      removed += gone;
    }
    return removed;
  }

  #makeRoom(need: number): number {
    let removed = 0;
    let chunks: SizedChunk[] = [];
    for (const [workspace, bytes] of pruneShares(this.#workspaces.shares(), need)) {
      const before = chunks.length;
      let found = 0;
      for (const row of this.#oldestOf.iterate(chunkId(workspace, 0), chunkId(workspace + 1, 0))) {
        const chunk = row as unknown as SizedChunk;
        chunks.push(chunk);
        found += Number(chunk.bytes) + CHUNK_OVERHEAD;
        if (found >= bytes || chunks.length - before >= CHUNKS_A_TRANSACTION) break;
      }
      // A transaction for each of many small workspaces would take longer than they took to be written.
      if (chunks.length < CHUNKS_A_TRANSACTION) continue;
      removed += this.#remove(chunks);
      chunks = [];
    }
    return removed + this.#remove(chunks);
  }

  #pruneByAge(nowNs: bigint): number {
    if (nowNs - this.#agedNs < AGE_INTERVAL_NS && nowNs >= this.#agedNs) return 0;
    this.#agedNs = nowNs;
    const untilNs = nowNs - this.#limits.maxAgeNs;
    let removed = 0;
    for (let after = 0n, isDone = false; !isDone;) {
      const batches = this.#oldBatches.all(after, BATCHES_AT_A_TIME) as unknown as DatedBatch[];
      isDone = batches.length < BATCHES_AT_A_TIME;
      const old: SizedChunk[] = [];
      for (const { id, last_ns } of batches) {
        after = id;
        if (last_ns < untilNs) old.push(...(this.#ofBatch.all(id) as unknown as SizedChunk[]));
        // One of the future, of when the clock was wrong, says nothing of those that follow it.
        else if (last_ns <= nowNs) {
          isDone = true;
          break;
        }
      }
      removed += this.#remove(old);
    }
    return removed;
  }

  #forget(): void {
    this.#transaction(() => {
      this.#forgotten.forget();
    });
    // Their numbers are nobody's any more.
    this.#workspaces.forget();
  }

  #remove(chunks: readonly SizedChunk[]): number {
    if (chunks.length === 0) return 0;
    return this.#transaction(() => {
      let removed = 0;
      for (const chunk of chunks) {
        this.#deleteChunk.run(chunk.id);
        const [workspace, events] = [Number(chunk.workspace), Number(chunk.events)];
        this.#workspaces.noteRemoved(workspace, {
          ...{ firstSeq: Number(chunk.first_seq), lastSeq: Number(chunk.last_seq) },
          ...{ firstNs: chunk.first_ns, lastNs: chunk.last_ns, events, execs: Number(chunk.execs) },
        });
        this.#workspaces.shrink(workspace, Number(chunk.bytes) + CHUNK_OVERHEAD);
        removed += events;
      }
      this.#cuts.cut(chunks.map(({ batch }) => Number(batch)));
      return removed;
    });
  }

  /** What is removed in it is sealed with it. */
  #transaction<T>(write: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = write();
      this.#seal?.begin();
      this.#database.exec("COMMIT");
      this.#seal?.end();
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#workspaces.forget();
      throw error;
    }
  }
}
