import type { Event } from "../event.ts";

import type { RowAction, ViewStatus } from "../../protocol/webviewMessages.ts";

/** A part of what the view exports: log lines, a newline after each. */
export interface ExportPart {
  readonly lines: string;
  /** Events so far, and in all. */
  readonly events: number;
  readonly totalEvents: number;
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
  /** Adds the events before those that are shown, of every node that has a history; resolves with how many. */
  loadEarlier(signal: AbortSignal): Promise<number>;
  runRowAction(action: RowAction, row: number): void;
  /** Throws when no tab is open or it is closed meanwhile. Ending the iteration early cancels the export. */
  export(scope: "shown" | "everything"): AsyncIterable<ExportPart>;
}
