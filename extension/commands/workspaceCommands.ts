import * as vscode from "vscode";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import type { WorkspacesView } from "../views/workspacesView.ts";
import type { CommandTable } from "./commandTable.ts";
import { filterOfNodes } from "./filterOfNodes.ts";
import type { Queries } from "./queryCommands.ts";

/** What the commands need of the rest of the extension. */
export interface WorkspaceCommandsOptions {
  readonly view: WorkspacesView;
  readonly filter: FilterState;
  readonly stream: ProcessStream;
  readonly queries: Queries;
}

/** The commands of the workspaces' menus: each is for all that is selected. */
export function workspaceCommands({ view, filter, stream, queries }: WorkspaceCommandsOptions): CommandTable {
  /** Undefined, and said so, when nothing that is chosen has a name. */
  const chosen = (clicked: unknown, selected: unknown): ViewFilter | undefined => {
    const wanted = filterOfNodes(view.chosen(clicked, selected), (userId) => view.workspacesOf(userId));
    if (wanted === undefined) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Choose users or workspaces that have a name first."),
      );
    }
    return wanted;
  };
  return {
    "workspaces.filter": (clicked, selected) => {
      const wanted = chosen(clicked, selected);
      if (wanted !== undefined) filter.set({ usernames: wanted.usernames, workspaces: wanted.workspaces });
    },
    "workspaces.openStream": (clicked, selected) => {
      const wanted = chosen(clicked, selected);
      if (wanted === undefined) return;
      filter.set({ usernames: wanted.usernames, workspaces: wanted.workspaces });
      stream.open();
    },
    "workspaces.copyKubectlCommand": async (clicked, selected) => {
      const wanted = chosen(clicked, selected);
      if (wanted !== undefined) await queries.copyKubectlCommand(wanted);
    },
    "workspaces.copyCloudWatchQuery": async (clicked, selected) => {
      const wanted = chosen(clicked, selected);
      if (wanted !== undefined) await queries.copyCloudWatchQuery(wanted);
    },
    "workspaces.find": async () => {
      await vscode.commands.executeCommand("processLogging.workspaces.focus");
      await vscode.commands.executeCommand("list.find");
    },
  };
}
