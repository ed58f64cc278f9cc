import type { DatabaseSync } from "node:sqlite";

/** Version of the tables below; a database with a higher one was written by a newer service. */
export const HISTORY_VERSION = 3;

/** Marks the file as this service's, so that no other SQLite database is ever written to ("wplh"). */
export const APPLICATION_ID = 0x77_70_6c_68;

/**
 * A commit is a batch, and of each workspace that has events in it a chunk: their lines, compressed together. Chunks
 * and not rows of events, since `bench/history` finds them cheaper to write and a thirtieth of the size, and since a
 * workspace's oldest chunks can be removed without touching another's: a chunk's id begins with its workspace, so what
 * is removed together lies together. `batch.chunks` keeps the digest of each chunk, so the chain of hashes can still be
 * followed when some are gone; `cut` stands for batches of which none is left.
 */
const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE run (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boot TEXT NOT NULL, started_ns INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, adopted INTEGER NOT NULL, ended_ns INTEGER
  );
  CREATE TABLE workspace (
    id INTEGER PRIMARY KEY, labels TEXT NOT NULL, namespace TEXT, bytes INTEGER NOT NULL DEFAULT 0,
    removed_events INTEGER NOT NULL DEFAULT 0, removed_execs INTEGER NOT NULL DEFAULT 0,
    removed_first_seq INTEGER, removed_last_seq INTEGER, removed_first_ns INTEGER, removed_last_ns INTEGER
  );
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    last_ns INTEGER NOT NULL, ring TEXT NOT NULL, position INTEGER NOT NULL, chunks BLOB NOT NULL, hash BLOB NOT NULL
  );
  CREATE UNIQUE INDEX batch_last_seq ON batch (last_seq);
  CREATE TABLE cut (first_batch INTEGER PRIMARY KEY, last_batch INTEGER NOT NULL, last_hash BLOB NOT NULL);
  CREATE UNIQUE INDEX cut_last_batch ON cut (last_batch);
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, workspace INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    events INTEGER NOT NULL, execs INTEGER NOT NULL, data BLOB NOT NULL
  );
  CREATE INDEX chunk_batch ON chunk (batch, workspace, first_ns, last_ns);
  CREATE TABLE missing (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, reason TEXT NOT NULL
  );
`;

/**
 * What lines have in common, for the compressor: a workspace that runs a program now and then has chunks of one or two
 * lines. Each database keeps the one that it began with.
 */
const DICTIONARY = [
  `{"ts":"2026-01-01T00:00:00.000000000Z","level":"WARN","msg":"lost","caller":"tracer-service/output/logLine.ts","func":"LogLineFormatter.format","fields":{"labels":{"username":"","workspace_name":""},"event":{"seq":,"kind":"exec","reason":"ring_full","count":,"first":"","last":""},"attribution":"cgroup"`,
  `{"ts":"2026-01-01T00:00:00.000000000Z","level":"INFO","msg":"exit","caller":"tracer-service/output/logLine.ts","func":"LogLineFormatter.format","fields":{"labels":{"username":"","workspace_name":"main"},"event":{"seq":,"exec_id":".1","pid":,"exit_code":0,"signal":15,"signal_name":"SIGTERM","core_dumped":true,"duration_ns":},"attribution":"cgroup"`,
  `{"ts":"2026-01-01T00:00:00.000000000Z","level":"INFO","msg":"exec","caller":"tracer-service/output/logLine.ts","func":"LogLineFormatter.format","fields":{"labels":{"organization_id":"","user_email":"","user_id":"","username":"","workspace_id":"","workspace_name":"main"},"cmdline":"/bin/sh -c ","event":{"filename":"/usr/bin/","argv":["","-c",""],"truncated":false,"pid":,"uid":1000,"gid":1000,"comm":"bash","seq":,"exec_id":".1","parent_exec_id":".1","lineage":"known","exec_number":1,"tid":,"ppid":,"euid":1000,"egid":1000,"session_id":,"tty":"pts0","ns_pid":,"ns_uid":1000,"ns_gid":1000,"pid_namespace":402653,"exe":"/usr/bin/","exe_device":"254:0","exe_inode":"","cap_effective":"0000000000000000","cwd":"/home/coder","cgroup":"/kubepods/burstable/pod","cgroup_id":"","arg_count":1,"args_bytes":},"attribution":"pod","kubernetes":{"namespace":"","pod":"","pod_uid":"","service_account":"default","container":"","image":""},"node":"","boot_id":""}}`,
].join("\n");

/** A row of `chunk` but for its data, read with bigints. */
export interface ChunkRow {
  readonly id: bigint;
  readonly batch: bigint;
  readonly workspace: bigint;
  readonly first_seq: bigint;
  readonly last_seq: bigint;
  readonly first_ns: bigint;
  readonly last_ns: bigint;
  readonly events: bigint;
  readonly execs: bigint;
}

/** Of a chunk's id, the part below the workspace's number: the batch's. */
const BATCH_BITS = 40n;

/** The id of a workspace's chunk in a batch. */
export function chunkId(workspace: number, batch: number): bigint {
  return (BigInt(workspace) << BATCH_BITS) | BigInt(batch);
}

/** Since version 2: each seal covers the chain up to a batch, and what was removed until then. */
const SEALS = `CREATE TABLE seal (
  epoch INTEGER PRIMARY KEY, batch INTEGER NOT NULL, hash BLOB NOT NULL, time_ns INTEGER NOT NULL,
  removed BLOB NOT NULL, code BLOB NOT NULL
);`;

/** Since version 3: ranges of numbers of workspaces that are forgotten, and what was removed of them together. */
const FORGOTTEN = `
  CREATE TABLE forgotten (
    first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL, events INTEGER NOT NULL, execs INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX forgotten_last ON forgotten (last_id);
`;

/** Brings a database of an earlier version up to this one. */
export function migrateTables(database: DatabaseSync, version: number): void {
  if (version >= HISTORY_VERSION) return;
  const seals = version < 2 ? SEALS : "";
  database.exec(
    `BEGIN IMMEDIATE; ${seals} ${FORGOTTEN} PRAGMA user_version = ${String(HISTORY_VERSION)}; COMMIT`,
  );
}

/** Whether it is of a version that forgets workspaces; a reader may find an earlier one. */
export function hasForgotten(database: DatabaseSync): boolean {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]) >= 3;
}

/** Makes the tables in an empty database; in a transaction, so that there are all or none. */
export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${TABLES} ${SEALS} ${FORGOTTEN}`);
  const meta = database.prepare("INSERT INTO meta VALUES (?, ?)");
  meta.run("dictionary", Buffer.from(DICTIONARY));
  database.exec(
    `PRAGMA application_id = ${String(APPLICATION_ID)}; PRAGMA user_version = ${String(HISTORY_VERSION)}; COMMIT`,
  );
}
