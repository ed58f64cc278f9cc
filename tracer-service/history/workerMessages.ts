import type { HistoryHead } from "../../protocol/stream.ts";
import type { HistoryBatch } from "./historyBatch.ts";
import type { HistoryFault } from "./historyError.ts";
import type { HistoryOpened } from "./historyStore.ts";
import type { HistoryLimits, PruneReport } from "./historyPruner.ts";
import type { NumbersBefore } from "./numbersLeft.ts";

/** What the worker is started with. */
export interface HistoryWorkerData {
  readonly directory: string;
  readonly run: string;
  readonly bootId: string;
  readonly limits: HistoryLimits;
  readonly numbers?: NumbersBefore;
}

/** To the worker. */
export type ToHistoryWorker =
  { readonly type: "batch"; readonly batch: HistoryBatch } | { readonly type: "close" };

/** What the database holds. */
export interface StoreState {
  readonly bytes: number;
  readonly oldestSeq: number;
  readonly head: HistoryHead;
}

/** From the worker. `kept` answers each batch, in order: `error` says why it is not in the database. */
export type FromHistoryWorker =
  | { readonly type: "opened"; readonly opened: HistoryOpened }
  | { readonly type: "unusable"; readonly fault: HistoryFault; readonly message: string }
  | {
      readonly type: "kept";
      readonly error: string | undefined;
      readonly state: StoreState;
      readonly tookMs: number;
    }
  | ({ readonly type: "pruned" } & PruneReport)
  | { readonly type: "replaced"; readonly setAside: string; readonly message: string }
  | { readonly type: "closed"; readonly error: string | undefined };
