import type { Source, ViewCommand } from "../../protocol/webviewMessages.ts";
import type { ModelCounts } from "../worker/workerMessages.ts";
import { t } from "../../protocol/text/translate.ts";

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
      title: t("Nothing matches the filter"),
      text: t("Events are there, but the filter hides all of them."),
      actions: [{ title: t("Clear filters"), command: "clearFilters" }],
    };
  }
  if (sources.length === 0) {
    return {
      title: t("Not connected"),
      text: t("Connect to a tracer to see processes as they start, or open a recorded log."),
      actions: [
        { title: t("Connect…"), command: "connect" },
        { title: t("Open log file…"), command: "openLogFile" },
      ],
    };
  }
  if (sources.some(({ state }) => state.type === "connected")) {
    return {
      title: t("No events yet"),
      text: t("Connected. A process that starts in a logged workspace appears here at once."),
      actions: [],
    };
  }
  if (sources.some(({ state }) => state.type === "connecting" || state.type === "reading")) {
    return { title: t("Waiting for events"), text: t("They appear here as they come in."), actions: [] };
  }
  if (sources.some(({ state }) => state.type === "read")) {
    return {
      title: t("No events in this file"),
      text: t("None of its lines is an event of a process."),
      actions: [{ title: t("Open log file…"), command: "openLogFile" }],
    };
  }
  if (sources.every(({ kind }) => kind === "file")) {
    return {
      title: t("The file could not be read"),
      text: t("The line above says why."),
      actions: [{ title: t("Open log file…"), command: "openLogFile" }],
    };
  }
  return {
    title: t("Disconnected"),
    text: t("No events came before the connection was lost."),
    actions: [{ title: t("Connect…"), command: "connect" }],
  };
}
