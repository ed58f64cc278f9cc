import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { Disposable } from "../event.ts";
import type { FilterState } from "../filter/filterState.ts";
import { MAX_NAME_LENGTH } from "../filter/parseViewFilter.ts";
import type { Sources } from "../source/sources.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import { nativeText } from "../text/nativeText.ts";
import { workspaceNameText } from "../views/filterText.ts";
import { followSources } from "../views/followSources.ts";
import { RefreshLimit } from "../views/refreshLimit.ts";
import type { CommandTable } from "./commandTable.ts";
import { commandOf, withCommandTerm } from "./commandTerm.ts";
import type { ExpressionHistory } from "./expressionHistory.ts";
import { nameKey, parseWorkspaceName, usernameChoices, workspaceChoices } from "./nameChoices.ts";
import { pickNames } from "./pickNames.ts";

/** What the commands need of the rest of the extension. */
export interface FilterCommandsOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly stream: ProcessStream;
  readonly history: ExpressionHistory;
  readonly clock: Clock;
}

/** The commands that change the filter. */
export function filterCommands(options: FilterCommandsOptions): CommandTable {
  const { sources, filter, stream, history, clock } = options;
  const follow = (changed: () => void): Disposable => followWorkspaces(sources, clock, changed);
  return {
    filterByUsername: async () => {
      const chosen = filter.current.usernames;
      const usernames = await pickNames({
        title: vscode.l10n.t("Filter by Username"),
        placeholder: vscode.l10n.t("Choose users, or type a name; none: all users"),
        choices: () => usernameChoices(sources.all, chosen),
        follow,
        chosen,
        text: (name) => nativeText(name),
        key: (name) => name,
        parse: (typed) => (typed === "" || typed.length > MAX_NAME_LENGTH ? undefined : typed),
      });
      if (usernames !== undefined) filter.set({ usernames });
    },
    filterByWorkspace: async () => {
      const chosen = filter.current.workspaces;
      const workspaces = await pickNames({
        title: vscode.l10n.t("Filter by Workspace"),
        placeholder: vscode.l10n.t("Choose workspaces, or type workspace or user/workspace; none: all"),
        choices: () => workspaceChoices(sources.all, chosen),
        follow,
        chosen,
        text: workspaceNameText,
        key: nameKey,
        parse: (typed) => (typed.length > MAX_NAME_LENGTH ? undefined : parseWorkspaceName(typed)),
      });
      if (workspaces !== undefined) filter.set({ workspaces });
    },
    filterByCommand: async () => {
      const { expression } = filter.current;
      const problemOf = await loadCheck();
      const command = await vscode.window.showInputBox({
        title: vscode.l10n.t("Filter by Command"),
        prompt: vscode.l10n.t(
          "A program, words of the command line, or /regular expression/; empty: any command",
        ),
        value: commandOf(expression),
        ignoreFocusOut: true,
        validateInput: (typed) => problemOf(withCommandTerm(expression, typed)),
      });
      if (command !== undefined) filter.set({ expression: withCommandTerm(expression, command) });
    },
    filterByExpression: async () => {
      const expression = await pickExpression(filter.current.expression, history.all, await loadCheck());
      if (expression === undefined) return;
      filter.set({ expression });
      await history.add(expression);
    },
    clearFilters: () => {
      filter.clear();
      stream.clearNarrowing();
    },
  };
}

/** Calls when workspaces come or change, at most once a second. */
function followWorkspaces(sources: Sources, clock: Clock, changed: () => void): Disposable {
  const limit = new RefreshLimit(clock, changed);
  const all = (): void => {
    limit.add([], true);
  };
  const following = followSources(sources, { added: all, removed: all, workspaces: all });
  return {
    dispose: () => {
      following.dispose();
      limit.dispose();
    },
  };
}

const MAX_PROBLEM = 200;

/** What is wrong with an expression; undefined: nothing. */
type ProblemOf = (expression: string) => string | undefined;

async function loadCheck(): Promise<ProblemOf> {
  const { expressionCheck } = await import("../filter/expressionCheck.ts");
  return expressionCheck(vscode.l10n.bundle ?? {});
}

interface ExpressionItem extends vscode.QuickPickItem {
  readonly expression: string;
}

/** What is typed comes first, then the history. */
async function pickExpression(
  current: string,
  history: readonly string[],
  problemOf: ProblemOf,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<ExpressionItem>();
  // What is typed must not be lost to a view that takes the focus.
  pick.ignoreFocusOut = true;
  pick.title = vscode.l10n.t("Filter by Expression");
  pick.placeholder = "user:jessie workspace:main cmd:curl exit:!0 since:10m";
  const offer = (typed: string): void => {
    const expression = typed.trim();
    const problem = problemOf(expression);
    const first: ExpressionItem = {
      label: expression === "" ? vscode.l10n.t("No expression") : nativeText(expression),
      description: vscode.l10n.t("what is typed"),
      ...(problem !== undefined && { detail: nativeText(problem, MAX_PROBLEM) }),
      alwaysShow: true,
      expression,
    };
    const others = history.filter((each) => each !== expression);
    pick.items = [
      first,
      ...others.map((each) => ({
        label: nativeText(each),
        description: vscode.l10n.t("used before"),
        expression: each,
      })),
    ];
    pick.activeItems = [first];
  };
  pick.value = current;
  offer(current);
  pick.onDidChangeValue(offer);
  try {
    return await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const [item] = pick.activeItems;
        if (item !== undefined && problemOf(item.expression) === undefined) resolve(item.expression);
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}
