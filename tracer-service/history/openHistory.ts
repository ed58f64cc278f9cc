import { chmodSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { HistoryError, isBusy, isDamage } from "./historyError.ts";
import { APPLICATION_ID, createTables, HISTORY_VERSION, migrateTables } from "./historySchema.ts";
import { makeDirectories } from "./makeDirectories.ts";

/** Room for the write-ahead log, and what it is cut back to after a checkpoint, bytes. */
export const WAL_BYTES = 8_388_608;
/** Written to the database once the log holds this many pages: with the largest batch still below `WAL_BYTES`. */
const WAL_PAGES = 500;
const READ_WAIT_MS = 5_000;
const DAMAGED = ".damaged";
/** What SQLite keeps beside a database, and itself. */
const DATABASE_FILES = ["-wal", "-shm", ""] as const;
const PARTS = { history: "history", log: "log's chain", numbers: "numbers" } as const;

/** The database's file in a state directory. */
export function historyFile(directory: string): string {
  return join(directory, "history.db");
}

/** Keeps a second service away, for as long as it is open; the kernel lets go of it when the process ends. */
export function lockHistory(directory: string): DatabaseSync {
  return lockState(directory, "history");
}

/** The same for another part of what a service keeps there. Throws `HistoryError`. */
export function lockState(directory: string, part: keyof typeof PARTS): DatabaseSync {
  prepareDirectory(directory);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(directory, `${part}.lock`), { timeout: 0 });
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    if (!isBusy(cause)) {
      throw new HistoryError("unwritable", `nothing can be written in ${directory}: ${why}`, { cause });
    }
    throw new HistoryError(
      "busy",
      `another service keeps its ${PARTS[part]} in ${directory}: stop it, or give this one another --state-dir`,
      { cause },
    );
  }
}

/** Opens it for the one that writes, and makes it where there is none. Throws `HistoryError`. */
export function openHistoryForWriting(directory: string): DatabaseSync {
  const file = historyFile(directory);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: READ_WAIT_MS });
    chmodSync(file, 0o600);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048;
      PRAGMA journal_size_limit = ${String(WAL_BYTES)}; PRAGMA wal_autocheckpoint = ${String(WAL_PAGES)}; PRAGMA temp_store = MEMORY`);
    if (isEmpty(database)) createTables(database);
    migrateTables(database, assertReadable(database, file));
    return database;
  } catch (error) {
    database?.close();
    throw asHistoryError(error, file);
  }
}

/** Opens it for one of its readers; the writer may go on meanwhile. Throws `HistoryError`. */
export function openHistoryForReading(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: READ_WAIT_MS });
    database.exec("PRAGMA query_only = 1; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY");
    assertReadable(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw asHistoryError(error, file);
  }
}

/** Puts a damaged database out of the way, in the place of an earlier one, and returns where it is. */
export function setAsideHistory(directory: string): string {
  removeDamaged(directory);
  const file = historyFile(directory);
  for (const suffix of DATABASE_FILES) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${file}${DAMAGED}${suffix}`);
  }
  return `${file}${DAMAGED}`;
}

/** What a damaged database that was put aside takes, bytes; 0 where there is none. */
export function damagedBytes(directory: string): number {
  return damagedFiles(directory).reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Removes it. */
export function removeDamaged(directory: string): void {
  for (const file of damagedFiles(directory)) rmSync(file, { force: true });
}

function damagedFiles(directory: string): string[] {
  return DATABASE_FILES.map((suffix) => `${historyFile(directory)}${DAMAGED}${suffix}`);
}

function prepareDirectory(directory: string): void {
  try {
    makeDirectories(directory, 0o700);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HistoryError("unwritable", `could not make the state directory: ${why}`, { cause });
  }
  const { uid, mode } = statSync(directory);
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) {
    throw new HistoryError(
      "unwritable",
      `others may write to ${directory}: give it to the service's own user, with mode 0700`,
    );
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

/** Its version. */
function assertReadable(database: DatabaseSync, file: string): number {
  const id = Number(database.prepare("PRAGMA application_id").get()?.["application_id"]);
  if (id !== APPLICATION_ID) {
    throw new HistoryError("foreign", `${file} is a database of another program: give another --state-dir`);
  }
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > HISTORY_VERSION) {
    throw new HistoryError(
      "newer",
      `${file} has version ${String(version)}, of a newer service; this one knows ${String(HISTORY_VERSION)}: update it, or give another --state-dir`,
    );
  }
  return version;
}

/** What went wrong with this database, as a `HistoryError`. */
export function asHistoryError(error: unknown, file: string): HistoryError {
  if (error instanceof HistoryError) return error;
  const why = error instanceof Error ? error.message : String(error);
  if (isDamage(error)) return new HistoryError("damaged", `${file} is damaged: ${why}`, { cause: error });
  return new HistoryError("unwritable", `could not open ${file}: ${why}`, { cause: error });
}
