import type { Source, ViewCommand } from "../../protocol/webviewMessages.ts";
import type { ModelCounts } from "../worker/workerMessages.ts";

/** What stands where no rows are, and what the user can do about it. */
export interface EmptyState {
  readonly title: string;
  readonly text: string;
  readonly actions: readonly { readonly title: string; readonly command: ViewCommand }[];
}

/** Undefined while there are rows of any kind. */
export function emptyState(
  sources: readonly Source[],
  { total }: Pick<ModelCounts, "total">,
  rows: number,
): EmptyState | undefined {
  if (rows > 0) return undefined;
  if (total > 0) {
    return {
      title: "Nothing matches the filter",
      text: "Events are there, but the filter hides all of them.",
      actions: [{ title: "Clear filters", command: "clearFilters" }],
    };
  }
  if (sources.length === 0) {
    return {
      title: "Not connected",
      text: "Connect to a tracer to see processes as they start, or open a recorded log.",
      actions: [
        { title: "Connect…", command: "connect" },
        { title: "Open log file…", command: "openLogFile" },
      ],
    };
  }
  if (sources.some(({ state }) => state.type === "connected")) {
    return {
      title: "No events yet",
      text: "Connected. A process that starts in a logged workspace appears here at once.",
      actions: [],
    };
  }
  if (sources.some(({ state }) => state.type === "connecting" || state.type === "reading")) {
    return { title: "Waiting for events", text: "They appear here as they come in.", actions: [] };
  }
  if (sources.some(({ state }) => state.type === "read")) {
    return {
      title: "No events in this file",
      text: "None of its lines is an event of a process.",
      actions: [{ title: "Open log file…", command: "openLogFile" }],
    };
  }
  if (sources.every(({ kind }) => kind === "file")) {
    return {
      title: "The file could not be read",
      text: "The line above says why.",
      actions: [{ title: "Open log file…", command: "openLogFile" }],
    };
  }
  return {
    title: "Disconnected",
    text: "No events came before the connection was lost.",
    actions: [{ title: "Connect…", command: "connect" }],
  };
}
