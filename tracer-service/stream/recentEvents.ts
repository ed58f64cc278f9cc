import type { KeptEvent } from "./keptEvent.ts";

/** The latest events, in memory, for those who missed them. */
export interface RecentEvents {
  /** Number of the first event; 0 when there is none. */
  readonly oldestSeq: number;
  /** What they take. */
  readonly bytes: number;
  /** Number of the first event from `seq` on; undefined when there is none. */
  nextSeq(seq: number): number | undefined;
  /** Number of the last event before a time, ns since 1970 UTC; undefined when all are later. */
  seqBefore(timeNs: bigint): number | undefined;
  /** Some events that follow each other, the first of them `seq`; none when that is not here. */
  read(seq: number): Promise<readonly KeptEvent[]>;
}
