import type { HistoryStatistics } from "../history/historyWriter.ts";
import type { TraceStatistics } from "../pipeline/traceSession.ts";
import type { StreamHubStatistics } from "../stream/streamHub.ts";
import type { ApiCounts } from "./apiCounts.ts";
import type { LossCount } from "./eventCounts.ts";

/** What the log has written, and what holds it up. */
export interface LogPressure {
  readonly pendingBytes: number;
  readonly linesWritten: number;
  readonly stalls: number;
  /** Nothing could be written for so long now, ms. */
  readonly blockedNowMs: number;
  /** The same of all times since the start, ms. */
  readonly blockedMs: number;
  /** The ring is not read, so that no more has to wait. */
  readonly saturated: boolean;
}

/** What the metrics are made of, at the moment of a scrape. */
export interface MetricsSource {
  readonly serviceVersion: string;
  readonly kernel: string;
  readonly ready: boolean;
  /** Since 1970 UTC. */
  readonly startedSeconds: number;
  readonly trace: TraceStatistics;
  readonly hub: StreamHubStatistics;
  readonly lost: readonly Readonly<LossCount>[];
  readonly api: ApiCounts;
  readonly workspaces: number;
  readonly ring: { readonly pendingBytes: number; readonly sizeBytes: number };
  /** Undefined where there is no history. */
  readonly history: HistoryStatistics | undefined;
  /** Undefined where there is no log. */
  readonly log: LogPressure | undefined;
}
