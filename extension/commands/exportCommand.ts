import * as vscode from "vscode";
import type { ExportFormat, ExportResult } from "../export/exportFile.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import { eventsText, programsText } from "../text/countTexts.ts";
import { countText } from "../text/numbers.ts";
import type { CommandTable } from "./commandTable.ts";
import { runCancellable } from "./runCancellable.ts";
import type { TaskProgress } from "./runWithProgress.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

interface ExportChoice extends vscode.QuickPickItem {
  readonly scope: "shown" | "everything";
  readonly format: ExportFormat;
}

/** Writes what the process stream shows, or all that it holds, to a file. */
export function exportCommand(stream: ProcessStream): CommandTable {
  return {
    export: async () => {
      if (!stream.isOpen) {
        throw new ShownError((t) => t("There is nothing to export: open the process stream first."));
      }
      const choice = await vscode.window.showQuickPick(choices(stream), {
        title: vscode.l10n.t("Export"),
        placeHolder: vscode.l10n.t("What to export, and in which form"),
      });
      if (choice === undefined) return;
      const target = await vscode.window.showSaveDialog({
        title: vscode.l10n.t("Export"),
        filters:
          choice.format === "csv" ? { CSV: ["csv"] } : { [vscode.l10n.t("JSON lines")]: ["jsonl", "log"] },
      });
      if (target === undefined) return;
      if (target.scheme !== "file") {
        throw new ShownError((t) =>
          t("An export can only be written to a folder of this machine: choose another one."),
        );
      }
      const result = await runCancellable(vscode.l10n.t("Exporting processes"), (progress, signal) =>
        run(stream, choice, target.fsPath, progress, signal),
      );
      if (result === undefined) return;
      const { events, missing } = result;
      const done = vscode.l10n.t("Exported {0}.", eventsText(events, vscode.l10n.t));
      if (missing === 0) {
        void vscode.window.showInformationMessage(done);
        return;
      }
      const gone = vscode.l10n.t("{0} more had gone from the process stream by then.", countText(missing));
      void vscode.window.showWarningMessage(`${done} ${gone}`);
    },
  };
}

function choices({ status }: ProcessStream): readonly ExportChoice[] {
  const shown = status === undefined ? "" : programsText(status.shown, vscode.l10n.t);
  const total = status === undefined ? "" : programsText(status.total, vscode.l10n.t);
  const [jsonLines, csv] = [
    vscode.l10n.t("the log's own JSON lines"),
    vscode.l10n.t("CSV, for a spreadsheet"),
  ];
  const [asShown, everything] = [vscode.l10n.t("What is shown"), vscode.l10n.t("Everything")];
  return [
    { label: `${asShown}: ${jsonLines}`, description: shown, scope: "shown", format: "jsonl" },
    { label: `${asShown}: ${csv}`, description: shown, scope: "shown", format: "csv" },
    { label: `${everything}: ${jsonLines}`, description: total, scope: "everything", format: "jsonl" },
    { label: `${everything}: ${csv}`, description: total, scope: "everything", format: "csv" },
  ];
}

/** Undefined: cancelled. */
async function run(
  stream: ProcessStream,
  { scope, format }: ExportChoice,
  path: string,
  progress: TaskProgress,
  signal: AbortSignal,
): Promise<ExportResult | undefined> {
  let percent = 0;
  const { exportToFile } = await import("../export/exportFile.ts");
  return exportToFile(stream.export(scope, signal), path, {
    format,
    signal,
    progress: (events, totalEvents) => {
      const now = totalEvents === 0 ? 100 : Math.min(100, (events / totalEvents) * 100);
      const message = vscode.l10n.t("{0} of {1}", countText(events), countText(totalEvents));
      progress.report({ message, increment: now - percent });
      percent = now;
    },
  });
}
