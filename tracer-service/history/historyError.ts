/** Why a history can't be used. `damaged`: its content is not what was written; the others leave it alone. */
export type HistoryFault = "damaged" | "newer" | "foreign" | "busy" | "unwritable";

/** A history that can't be used, in one line. */
export class HistoryError extends Error {
  readonly fault: HistoryFault;

  constructor(fault: HistoryFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** What SQLite's error code, without its extension, stands for; 0 for other errors. */
function sqliteCode(error: unknown): number {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : 0;
}

/** Is the database locked by another process? */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY;
}

/** Does the error say that the file's content is not a sound database? */
export function isDamage(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(sqliteCode(error));
}

/** One line about a failed write, for who keeps the node. */
export function describeWriteError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return sqliteCode(error) === SQLITE_FULL ? `the disk is full (${message})` : message;
}
