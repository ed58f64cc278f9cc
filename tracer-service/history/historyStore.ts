import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { HistoryHead } from "../../protocol/stream.ts";
import { SKIPPED, type HistoryBatch, type HistoryOwner } from "./historyBatch.ts";
import { chainHash, digestOf, encodeDigests, GENESIS, type ChunkDigest } from "./historyChain.ts";
import { encodeChunk, EVENT_TYPES } from "./historyChunk.ts";
import { HistoryError } from "./historyError.ts";
import { HistoryPruner, type HistoryLimits, type PruneReport } from "./historyPruner.ts";
import { HistorySealer } from "./historySealer.ts";
import { chunkId } from "./historySchema.ts";
import { HistoryWorkspaces, type EventRange } from "./historyWorkspaces.ts";
import type { NumbersBefore } from "./numbersLeft.ts";
import { SealKey } from "./sealKey.ts";
import {
  asHistoryError,
  damagedBytes,
  historyFile,
  lockHistory,
  openHistoryForWriting,
  removeDamaged,
  setAsideHistory,
} from "./openHistory.ts";

/** What a store is opened for. */
export interface HistoryStoreOptions {
  readonly directory: string;
  /** Names this run of the service. */
  readonly run: string;
  readonly bootId: string;
  readonly limits: HistoryLimits;
  /** Behind which numbers this run goes on at least; without it behind the last event. */
  readonly numbers?: NumbersBefore;
  /** Wall clock, ns since 1970 UTC. */
  readonly nowNs: () => bigint;
}

/** What was found when it was opened. */
export interface HistoryOpened {
  /** Number behind which this run goes on: that of the last event kept, or of one that another run had; 0 at first. */
  readonly lastSeq: number;
  /** Time of the latest of the events that were kept last, ns since 1970 UTC; undefined in a new history. */
  readonly lastNs: bigint | undefined;
  /** Number of the first one that still is; 0 when none is. */
  readonly oldestSeq: number;
  readonly head: HistoryHead;
  /** The ring that the last batch came from, and the position up to which everything is kept; undefined in a new history. */
  readonly ring: string | undefined;
  readonly position: bigint | undefined;
  /** The run before did not say that it ends: what it printed last may be missing. */
  readonly unclean: boolean;
  /** Where a damaged database was put. */
  readonly setAside: string | undefined;
}

/** Events that are not in the history, and why; `elsewhere`: numbers of runs without it, of which some may be no event's. */
export type MissingReason = "slow" | "write_failed" | "damaged" | "elsewhere";

const EXEC = EVENT_TYPES.indexOf("exec");

/** The one that writes the history: batch by batch, each whole or not at all. */
export class HistoryStore {
  readonly opened: HistoryOpened;
  readonly #options: HistoryStoreOptions;
  readonly #lock: DatabaseSync;
  #tables: Tables;
  /** Of a database that was put aside. */
  #damagedBytes: number;

  private constructor(options: HistoryStoreOptions, lock: DatabaseSync, tables: Tables, setAside?: string) {
    this.#options = options;
    this.#lock = lock;
    this.#tables = tables;
    this.#damagedBytes = damagedBytes(options.directory);
    const { lastSeq, lastNs, oldestSeq, head, ring, position, unclean } = tables;
    this.opened = { lastSeq, lastNs, oldestSeq, head, ring, position, unclean, setAside };
  }

  /** Throws `HistoryError` when there can be no history; a damaged one is put out of the way instead. */
  static open(options: HistoryStoreOptions): HistoryStore {
    const lock = lockHistory(options.directory);
    try {
      try {
        return new HistoryStore(options, lock, new Tables(options, undefined));
      } catch (error) {
        if (!(error instanceof HistoryError) || error.fault !== "damaged") throw error;
        const setAside = setAsideHistory(options.directory);
        return new HistoryStore(options, lock, new Tables(options, options.numbers?.without), setAside);
      }
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Number of the first event that is kept; 0 when none is. */
  get oldestSeq(): number {
    return this.#tables.oldestSeq;
  }

  /** Up to where it goes. */
  get head(): HistoryHead {
    return this.#tables.head;
  }

  /** Bytes of the database that hold something. */
  get bytes(): number {
    return this.#tables.pruner.usedBytes();
  }

  /** Keeps a batch. What is kept already is skipped; a hole before it is noted with `reason`. Throws when it can't. */
  append(batch: HistoryBatch, reason: MissingReason): void {
    this.#tables.append(batch, reason);
  }

  /**
   * Removes what is too much, or too old at this time (ns since 1970 UTC); undefined when nothing is. A damaged database
   * that was put aside goes before any event does.
   */
  prune(nowNs = this.#options.nowNs()): PruneReport | undefined {
    const damaged = this.#removeDamagedForRoom();
    const report = this.#tables.pruner.prune(nowNs);
    if (report !== undefined) this.#tables.findOldest();
    this.#tables.sealInTime(nowNs);
    return damaged === 0 ? report : { size: 0, age: 0, ...report, damagedBytes: damaged };
  }

  /** Bytes that became free. */
  #removeDamagedForRoom(): number {
    const bytes = this.#damagedBytes;
    if (bytes === 0) return 0;
    const { bytes: used } = this;
    const { roomBytes } = this.#tables.pruner;
    // It may be as large as all that there is room for, and somebody has to find it first.
    if (used + bytes <= roomBytes || used <= roomBytes / 2) return 0;
    removeDamaged(this.#options.directory);
    this.#damagedBytes = 0;
    return bytes;
  }

  /** Seals what is not yet, when it is time. */
  sealInTime(nowNs = this.#options.nowNs()): void {
    this.#tables.sealInTime(nowNs);
  }

  /** Puts a database that turned out damaged out of the way and begins a new one; returns where the old one is. */
  replaceDamaged(): string {
    const { lastSeq } = this.#tables;
    this.#tables.close();
    const setAside = setAsideHistory(this.#options.directory);
    this.#tables = new Tables(this.#options, lastSeq);
    this.#damagedBytes = damagedBytes(this.#options.directory);
    return setAside;
  }

  /** Notes that the run ends here, and closes. */
  close(): void {
    this.#tables.end();
    this.#tables.close();
    this.#lock.close();
  }
}

/** An open database with its statements, and what of it is also in memory. */
class Tables {
  readonly pruner: HistoryPruner;
  readonly unclean: boolean;
  readonly ring: string | undefined;
  readonly position: bigint | undefined;
  readonly lastNs: bigint | undefined;
  lastSeq: number;
  oldestSeq = 0;
  readonly #options: HistoryStoreOptions;
  readonly #database: DatabaseSync;
  readonly #dictionary: Buffer;
  readonly #workspaces: HistoryWorkspaces;
  readonly #insertChunk: StatementSync;
  readonly #insertBatch: StatementSync;
  readonly #insertMissing: StatementSync;
  readonly #run: number;
  readonly #sealKey: SealKey | undefined;
  readonly #sealer: HistorySealer | undefined;
  #lastBatch: number;
  /** Of the last batch; numbers go on behind `lastSeq`. */
  #lastBatchSeq: number;
  #lastHash: Uint8Array;

  /** `lastSeq`: where numbers go on in a database that replaces another. */
  constructor(options: HistoryStoreOptions, lastSeq: number | undefined) {
    this.#options = options;
    const database = openHistoryForWriting(options.directory);
    this.#database = database;
    try {
      const last = database
        .prepare(
          "SELECT id, last_seq, hash, ring, CAST(position AS TEXT) AS position, CAST(last_ns AS TEXT) AS last_ns FROM batch ORDER BY id DESC LIMIT 1",
        )
        .get();
      this.#lastBatch = Number(last?.["id"] ?? 0);
      this.#lastHash = (last?.["hash"] as Uint8Array | undefined) ?? GENESIS;
      this.ring = last && String(last["ring"]);
      this.position = last && BigInt(String(last["position"]));
      this.lastNs = last && BigInt(String(last["last_ns"]));
      this.#lastBatchSeq = Number(last?.["last_seq"] ?? 0);
      const dictionary = database.prepare("SELECT value FROM meta WHERE key = 'dictionary'").get()?.["value"];
      if (!(dictionary instanceof Uint8Array))
        throw new HistoryError("damaged", "the history has no dictionary");
      this.#dictionary = Buffer.from(dictionary);
      const runBefore = database.prepare("SELECT ended_ns FROM run ORDER BY id DESC LIMIT 1");
      runBefore.setReadBigInts(true);
      this.unclean = runBefore.get()?.["ended_ns"] === null;
      this.#insertMissing = database.prepare("INSERT OR REPLACE INTO missing VALUES (?, ?, ?)");
      this.lastSeq = this.#goOnBehind(lastSeq);
      this.#run = this.#beginRun();
      this.#insertChunk = database.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
      this.#insertBatch = database.prepare("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
      this.#workspaces = new HistoryWorkspaces(database);
      this.#sealKey = SealKey.open(options.directory);
      const sealer = this.#sealKey && new HistorySealer(database, this.#sealKey);
      this.#sealer = sealer;
      this.pruner = new HistoryPruner(
        database,
        this.#workspaces,
        options.limits,
        sealer && {
          begin: () => {
            sealer.begin(this.#lastBatch, this.#lastHash, options.nowNs());
          },
          end: () => {
            sealer.end();
          },
        },
      );
      this.findOldest();
    } catch (error) {
      this.#sealKey?.close();
      database.close();
      throw asHistoryError(error, historyFile(options.directory));
    }
  }

  append(batch: HistoryBatch, reason: MissingReason): void {
    const lastSeq = batch.firstSeq + batch.count - 1;
    if (lastSeq <= this.lastSeq) return;
    this.#transaction(
      () => {
        if (batch.firstSeq > this.lastSeq + 1) {
          this.#insertMissing.run(this.lastSeq + 1, batch.firstSeq - 1, reason);
        }
        const id = this.#lastBatch + 1;
        const chunks: ChunkDigest[] = [];
        let lastNs = 0n;
        const { kept, skipped } = this.#byWorkspace(batch);
        for (const [workspace, indices] of kept) {
          const { chunk, newestNs } = this.#writeChunk(batch, id, workspace, indices);
          chunks.push(chunk);
          if (newestNs > lastNs) lastNs = newestNs;
        }
        for (const [workspace, indices] of skipped)
          this.#workspaces.noteRemoved(workspace, rangeOf(batch, indices));
        const { firstSeq, ring, position } = batch;
        const digests = encodeDigests(chunks);
        const facts = { id, run: this.#run, firstSeq, lastSeq, lastNs, ring, position };
        const hash = chainHash(this.#lastHash, facts, digests);
        this.#insertBatch.run(id, this.#run, firstSeq, lastSeq, lastNs, ring, position, digests, hash);
        // As what the pruner removes: what is sealed says of it.
        const sealer = skipped.size > 0 ? this.#sealer : undefined;
        sealer?.begin(id, hash, this.#options.nowNs());
        return { id, hash, sealer };
      },
      ({ id, hash, sealer }) => {
        sealer?.end();
        this.#lastBatch = id;
        this.#lastHash = hash;
        this.lastSeq = this.#lastBatchSeq = lastSeq;
        if (this.oldestSeq === 0) this.oldestSeq = batch.firstSeq;
      },
    );
  }

  /** Of the last batch, which says less than `lastSeq` where numbers were given elsewhere since. */
  get head(): HistoryHead {
    return { seq: this.#lastBatchSeq, hash: Buffer.from(this.#lastHash).toString("hex") };
  }

  findOldest(): void {
    const row = this.#database
      .prepare("SELECT min(first_seq) AS seq FROM chunk WHERE batch = (SELECT min(batch) FROM chunk)")
      .get();
    this.oldestSeq = Number(row?.["seq"] ?? 0);
  }

  sealInTime(nowNs: bigint): void {
    this.#sealer?.sealInTime(this.#lastBatch, this.#lastHash, nowNs);
  }

  end(): void {
    this.#sealer?.begin(this.#lastBatch, this.#lastHash, this.#options.nowNs());
    this.#sealer?.end();
    this.#database.prepare("UPDATE run SET ended_ns = ? WHERE id = ?").run(this.#options.nowNs(), this.#run);
  }

  close(): void {
    this.#sealKey?.close();
    this.#database.close();
  }

  /** Behind which number events go on; notes what runs without this database have given meanwhile. */
  #goOnBehind(replacedSeq: number | undefined): number {
    const noted = this.#database.prepare("SELECT max(last_seq) AS seq FROM missing").get()?.["seq"];
    const known = Math.max(this.#lastBatchSeq, Number(noted ?? 0));
    const isNew = this.#database.prepare("SELECT 1 FROM run LIMIT 1").get() === undefined;
    const { withHistory = 0, without = 0 } = this.#options.numbers ?? {};
    const given = replacedSeq ?? (isNew ? without : withHistory);
    if (given <= known) return known;
    this.#insertMissing.run(known + 1, given, "elsewhere" satisfies MissingReason);
    return given;
  }

  #beginRun(): number {
    const { run, bootId, nowNs } = this.#options;
    const insert = this.#database.prepare(
      "INSERT INTO run (name, boot, started_ns, first_seq, adopted) VALUES (?, ?, ?, ?, 0)",
    );
    return Number(insert.run(run, bootId, nowNs(), this.lastSeq + 1).lastInsertRowid);
  }

  /** Indices of the events of each workspace: of those to be kept, and of the others. */
  #byWorkspace(batch: HistoryBatch): Record<"kept" | "skipped", Map<number, number[]>> {
    const idOf = batch.owners.map((owner: HistoryOwner) => this.#workspaces.idOf(owner));
    const [kept, skipped] = [new Map<number, number[]>(), new Map<number, number[]>()];
    for (let index = 0; index < batch.count; index++) {
      const workspace = idOf[batch.ownerOf[index] ?? 0] ?? 0;
      const groups = ((batch.types[index] ?? 0) & SKIPPED) === 0 ? kept : skipped;
      const group = groups.get(workspace);
      if (group === undefined) groups.set(workspace, [index]);
      else group.push(index);
    }
    return { kept, skipped };
  }

  #writeChunk(
    batch: HistoryBatch,
    id: number,
    workspace: number,
    indices: readonly number[],
  ): { readonly chunk: ChunkDigest; readonly newestNs: bigint } {
    const { firstSeq, lastSeq, firstNs, lastNs, events, execs } = rangeOf(batch, indices);
    const data = encodeChunk(batch, indices, this.#dictionary);
    this.#insertChunk.run(
      ...[chunkId(workspace, id), id, workspace, firstSeq, lastSeq, firstNs, lastNs, events, execs],
      data,
    );
    this.#workspaces.grow(workspace, data.length);
    return { chunk: { workspace, events, firstSeq, lastSeq, digest: digestOf(data) }, newestNs: lastNs };
  }

  #transaction<T>(write: () => T, committed: (result: T) => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = write();
      this.#database.exec("COMMIT");
      committed(result);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#workspaces.forget();
      throw error;
    }
  }
}

/** What these events of a batch have between them; they must not be none. */
function rangeOf(batch: HistoryBatch, indices: readonly number[]): EventRange {
  let [firstNs, lastNs] = [batch.times[indices[0] ?? 0] ?? 0n, 0n];
  let execs = 0;
  for (const index of indices) {
    const timeNs = batch.times[index] ?? 0n;
    if (timeNs < firstNs) firstNs = timeNs;
    if (timeNs > lastNs) lastNs = timeNs;
    if (((batch.types[index] ?? 0) & ~SKIPPED) === EXEC) execs++;
  }
  const [firstSeq, lastSeq] = [batch.firstSeq + (indices[0] ?? 0), batch.firstSeq + (indices.at(-1) ?? 0)];
  return { firstSeq, lastSeq, firstNs, lastNs, events: indices.length, execs };
}
