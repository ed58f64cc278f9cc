import * as vscode from "vscode";
import { nativeText } from "../text/nativeText.ts";
import type { CommandTable } from "./commandTable.ts";
import { whyText } from "../../protocol/text/shownError.ts";

/** Registers the commands of all tables. One that fails says so to the user, and the log says more. */
export function registerCommands(
  tables: readonly CommandTable[],
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const registrations = tables.flatMap((table) =>
    Object.entries(table).map(([name, run]) =>
      vscode.commands.registerCommand(`processLogging.${name}`, async (...args: unknown[]) => {
        try {
          await run(...args);
        } catch (error) {
          log.error(`processLogging.${name}:`, error instanceof Error ? error : String(error));
          const why = nativeText(whyText(error), 300);
          void vscode.window.showErrorMessage(why, vscode.l10n.t("Show Log")).then((choice) => {
            if (choice !== undefined) log.show();
          });
        }
      }),
    ),
  );
  return vscode.Disposable.from(...registrations);
}
