import { ROW_ACTIONS } from "../../protocol/webviewMessages.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import type { CommandTable } from "./commandTable.ts";

/** The commands that the process stream carries out itself, those of its rows among them. */
export function streamCommands(stream: ProcessStream): CommandTable {
  const rows = ROW_ACTIONS.map(
    (action) =>
      [
        `row.${action}`,
        (context: unknown): void => {
          const row = rowOf(context);
          if (row !== undefined) stream.runRowAction(action, row);
        },
      ] as const,
  );
  return {
    openStream: () => {
      stream.open();
    },
    pause: () => {
      stream.pause();
    },
    resume: () => {
      stream.resume();
    },
    ...Object.fromEntries(rows),
  };
}

/** The row that a menu of the view was opened on: the editor hands over what the page wrote there. */
function rowOf(context: unknown): number | undefined {
  if (typeof context !== "object" || context === null || !("row" in context)) return undefined;
  const { row } = context;
  return typeof row === "number" && Number.isSafeInteger(row) && row >= 0 ? row : undefined;
}
