import type { Event } from "../event.ts";
import type { FailedNode } from "../history/historySearch.ts";

import type { RowAction, ViewStatus } from "../../protocol/webviewMessages.ts";

/** A part of what the view exports: log lines, a newline after each. */
export interface ExportPart {
  readonly lines: string;
  /** Events so far, and in all: those that have gone from the view meanwhile are among all only. */
  readonly events: number;
  readonly totalEvents: number;
}

/** What came of asking for earlier events. */
export interface EarlierEvents {
  readonly loaded: number;
  /** Events of then that are not kept any more; undefined when it can't be known. */
  readonly removed: number | undefined;
  readonly failed: readonly FailedNode[];
}

/** The editor tab with the process tree, as commands and views use it. */
export interface ProcessStream {
  /** Opens the tab or brings it to the front. */
  open(): void;
  readonly isOpen: boolean;
  /** Undefined while no tab is open. */
  readonly status: ViewStatus | undefined;
  readonly onDidChangeStatus: Event<void>;
  pause(): void;
  resume(): void;
  focusFilter(): void;
  /** Ends what narrows the view beyond the filter. */
  clearNarrowing(): void;
  /** Adds the events before those that are shown, of every node that has a history. */
  loadEarlier(signal: AbortSignal): Promise<EarlierEvents>;
  runRowAction(action: RowAction, row: number): void;
  /**
   * Throws when no tab is open, when it is closed or loaded anew meanwhile, and when `signal` is aborted. Ending the
   * iteration early cancels the export.
   */
  export(scope: "shown" | "everything", signal: AbortSignal): AsyncIterable<ExportPart>;
}
