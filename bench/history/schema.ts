import type { TracerEvent } from "../../protocol/events.ts";

/** An event with its log line. */
export interface Logged {
  readonly event: TracerEvent;
  readonly line: string;
}

/** One way to keep events in SQLite, open for writing and reading in a file of its own. */
export interface Schema {
  readonly name: string;
  /** Keeps consecutive events in one transaction. */
  append(batch: readonly Logged[]): void;
  /** How many command lines of all, or of one user, hold the text. */
  count(text: string, username: string | undefined): number;
  /** Bytes of its files, the log written back before. */
  bytes(): number;
  close(): void;
}
