import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { Sources } from "../source/sources.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import type { CommandTable } from "./commandTable.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

/** Opens recorded logs as sources of the process stream. With an argument, a file's URI, it does not ask. */
export function openLogFileCommand(sources: Sources, stream: ProcessStream, clock: Clock): CommandTable {
  return {
    openLogFile: async (uri: unknown) => {
      const files =
        uri instanceof vscode.Uri
          ? [uri]
          : await vscode.window.showOpenDialog({
              title: vscode.l10n.t("Open Log File"),
              openLabel: vscode.l10n.t("Open"),
              canSelectMany: true,
              filters: {
                [vscode.l10n.t("Logs")]: ["log", "jsonl", "ndjson", "json", "csv", "txt", "gz"],
                [vscode.l10n.t("All files")]: ["*"],
              },
            });
      if (files === undefined || files.length === 0) return;
      if (files.some(({ scheme }) => scheme !== "file")) {
        throw new ShownError((t) => t("Only files of this machine can be opened: copy the log here first."));
      }
      const [{ FileSource }, { fileInput }] = await Promise.all([
        import("../logs/fileSource.ts"),
        import("../logs/logInput.ts"),
      ]);
      for (const { fsPath } of files) sources.add(new FileSource(fileInput(fsPath), clock));
      // A file is read when the stream asks for its events.
      stream.open();
    },
  };
}
