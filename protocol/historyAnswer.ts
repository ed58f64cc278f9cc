/**
 * How far a search of the history is: everything up to `through`, or with the newest first down to it, has been looked
 * at. A line of its own between the log lines, which have no `type`.
 */
export interface HistoryProgress {
  readonly type: "progress";
  readonly through: number;
  /** Sent so far. */
  readonly events: number;
}

/** The last line of an answer; without it the answer is not whole. */
export interface HistoryEnd {
  readonly type: "end";
  /** Where the next page begins: its `after`, or with the newest first its `before`. */
  readonly through: number;
  /** There is nothing more. */
  readonly done: boolean;
  readonly events: number;
  /** What was in this part of the history and is not any more. `events` undefined: how many is not known. */
  readonly gaps: readonly {
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly events: number | undefined;
    readonly execs: number | undefined;
    readonly firstTs: string | undefined;
    readonly lastTs: string | undefined;
  }[];
}
