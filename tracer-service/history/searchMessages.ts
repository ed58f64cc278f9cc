import type { HistoryHead } from "../../protocol/stream.ts";
import type { HistoryQuery, PageLimits } from "./historyReader.ts";

/** What the searching thread is asked. */
export type SearchRequest =
  | { readonly type: "page"; readonly query: HistoryQuery; readonly limits: Partial<PageLimits> }
  | { readonly type: "workspaces" | "missing" }
  | { readonly type: "resolve"; readonly run: string; readonly seq: number }
  | { readonly type: "seqBefore"; readonly timeNs: bigint }
  | { readonly type: "compareHead"; readonly head: HistoryHead };

/** What it answers: a result, or why there is none. */
export type SearchAnswer =
  | { readonly id: number; readonly result: unknown; readonly error?: undefined }
  | { readonly id: number; readonly error: string };
