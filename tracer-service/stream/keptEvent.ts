import type { Labels, TracerEvent } from "../../protocol/events.ts";

/** An event as the stream keeps it: its log line with newline, and what filters and gaps need. */
export interface KeptEvent {
  readonly seq: number;
  readonly timeNs: bigint;
  readonly type: TracerEvent["type"];
  readonly labels: Labels;
  /** Of the pod; undefined where there is none, or it is not known. */
  readonly namespace: string | undefined;
  readonly line: string;
}
