import * as vscode from "vscode";
import type { ExportFormat } from "../export/exportFile.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import { countText } from "../text/numbers.ts";
import type { CommandTable } from "./commandTable.ts";

interface ExportChoice extends vscode.QuickPickItem {
  readonly scope: "shown" | "everything";
  readonly format: ExportFormat;
}

/** Writes what the process stream shows, or all that it holds, to a file. */
export function exportCommand(stream: ProcessStream): CommandTable {
  return {
    export: async () => {
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
        throw new Error(
          vscode.l10n.t("An export can only be written to a folder of this machine: choose another one."),
        );
      }
      const events = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t("Exporting processes"),
          cancellable: true,
        },
        (progress, token) => run(stream, choice, target.fsPath, progress, token),
      );
      if (events === undefined) return;
      void vscode.window.showInformationMessage(vscode.l10n.t("Exported {0} events.", countText(events)));
    },
  };
}

function choices({ status }: ProcessStream): readonly ExportChoice[] {
  const shown = status === undefined ? "" : vscode.l10n.t("{0} programs", countText(status.shown));
  const total = status === undefined ? "" : vscode.l10n.t("{0} programs", countText(status.total));
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

/** How many events it wrote; undefined: cancelled. */
async function run(
  stream: ProcessStream,
  { scope, format }: ExportChoice,
  path: string,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  token: vscode.CancellationToken,
): Promise<number | undefined> {
  const cancel = new AbortController();
  const registration = token.onCancellationRequested(() => {
    cancel.abort();
  });
  let percent = 0;
  try {
    const { exportToFile } = await import("../export/exportFile.ts");
    return await exportToFile(stream.export(scope), path, {
      format,
      signal: cancel.signal,
      progress: (events, totalEvents) => {
        const now = totalEvents === 0 ? 100 : Math.min(100, (events / totalEvents) * 100);
        const message = vscode.l10n.t("{0} of {1}", countText(events), countText(totalEvents));
        progress.report({ message, increment: now - percent });
        percent = now;
      },
    });
  } finally {
    registration.dispose();
  }
}
