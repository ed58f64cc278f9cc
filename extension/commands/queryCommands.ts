import * as vscode from "vscode";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { Query } from "../queries/query.ts";
import type { Sources } from "../source/sources.ts";
import { kubectlOptions } from "../queries/kubectlOptions.ts";
import type { CommandTable } from "./commandTable.ts";

/** What the commands need of the rest of the extension. */
export interface QueryCommandsOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly log: vscode.LogOutputChannel;
}

/** Puts the same question to other tools, by way of the clipboard. */
export class Queries {
  readonly #options: QueryCommandsOptions;

  constructor(options: QueryCommandsOptions) {
    this.#options = options;
  }

  /** The commands that express the filter in force. */
  commands(): CommandTable {
    const { filter } = this.#options;
    return {
      copyKubectlCommand: () => this.copyKubectlCommand(filter.current),
      copyCloudWatchQuery: () => this.copyCloudWatchQuery(filter.current),
    };
  }

  async copyKubectlCommand(filter: ViewFilter): Promise<void> {
    const { kubectlCommand } = await import("../queries/kubectlCommand.ts");
    const options = kubectlOptions(this.#options.sources.all, filter);
    await this.#copy(kubectlCommand(filter, options), vscode.l10n.t("kubectl command copied"));
  }

  async copyCloudWatchQuery(filter: ViewFilter): Promise<void> {
    const { cloudWatchQuery } = await import("../queries/cloudWatchQuery.ts");
    await this.#copy(cloudWatchQuery(filter), vscode.l10n.t("CloudWatch query copied"));
  }

  /** Names of workspaces are in errors: they go to the log, not into a notification. */
  async #copy(query: Query, done: string): Promise<void> {
    const { log } = this.#options;
    if ("error" in query) {
      log.error(query.error);
      const choice = await vscode.window.showErrorMessage(
        vscode.l10n.t("This filter can't be expressed there. The log says why."),
        vscode.l10n.t("Show Log"),
      );
      if (choice !== undefined) log.show();
      return;
    }
    await vscode.env.clipboard.writeText(query.text);
    if (query.notes.length === 0) {
      vscode.window.setStatusBarMessage(`$(check) ${done}`, 5_000);
      return;
    }
    void vscode.window.showInformationMessage(`${done}: ${query.notes.join("; ")}.`);
  }
}
