import type { HistoryEnd } from "../../protocol/historyAnswer.ts";

/** Hears what an answer brings, in order. */
export interface HistoryReader {
  /** Log lines, a newline after each. */
  lines(lines: string): void;
  /** Everything up to, or down to, this number has been looked at. */
  progress(through: number): void;
}

/**
 * Asks a tracer for events of its history: the keys of `/v1/events`. Resolves with the answer's last line; rejects
 * with a `ConnectionError`, or with the signal's reason once that says so.
 */
export type ReadHistory = (
  query: URLSearchParams,
  reader: HistoryReader,
  signal: AbortSignal,
) => Promise<HistoryEnd>;
