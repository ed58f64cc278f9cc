import * as vscode from "vscode";
import { availableCommands } from "./availableCommands.ts";
import type { CommandTable } from "./commandTable.ts";

/** What the list of commands needs. */
export interface ShowCommandsOptions {
  /** The extension's manifest. */
  readonly manifest: unknown;
  /** Whether a context key is set. */
  readonly isSet: (key: string) => boolean;
  readonly log: vscode.LogOutputChannel;
}

const HIDDEN: ReadonlySet<string> = new Set(["processLogging.showCommands"]);

/** The list of all commands that can run now, and the log. */
export function showCommands({ manifest, isSet, log }: ShowCommandsOptions): CommandTable {
  return {
    showCommands: async () => {
      const items = availableCommands(manifest, isSet, HIDDEN).map(({ id, title, icon }) => ({
        label: icon === "" ? title : `${icon} ${title}`,
        id,
      }));
      const chosen = await vscode.window.showQuickPick(items, {
        title: vscode.l10n.t("Process Logging"),
        placeHolder: vscode.l10n.t("What to do"),
      });
      if (chosen !== undefined) await vscode.commands.executeCommand(chosen.id);
    },
    showLog: () => {
      log.show();
    },
  };
}
