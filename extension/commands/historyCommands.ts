import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { FilterState } from "../filter/filterState.ts";
import { toStreamFilter } from "../filter/toStreamFilter.ts";
import { filterRange } from "../history/filterRange.ts";
import {
  searchable,
  searchNodes,
  type FailedNode,
  type HistorySearch,
  type SearchResult,
} from "../history/historySearch.ts";
import type { Sources } from "../source/sources.ts";
import type { EarlierEvents, ProcessStream } from "../stream/processStream.ts";
import { partOfNodesText } from "../text/countTexts.ts";
import { countText } from "../text/numbers.ts";
import type { CommandTable } from "./commandTable.ts";
import { runCancellable } from "./runCancellable.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

/** What the commands need of the rest of the extension. */
export interface HistoryCommandOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly stream: ProcessStream;
  readonly clock: Clock;
}

interface RangeChoice extends vscode.QuickPickItem {
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

const HOUR_MS = 3_600_000;

/** What is not on the screen any more: earlier events of the stream, and a search over all nodes. */
export function historyCommands(options: HistoryCommandOptions): CommandTable {
  const { sources, stream, clock } = options;
  let searches = 0;
  return {
    loadEarlier: async () => {
      const earlier = await runCancellable(vscode.l10n.t("Loading earlier processes"), (_progress, signal) =>
        stream.loadEarlier(signal),
      );
      if (earlier !== undefined) tellEarlier(earlier);
    },
    searchHistory: async () => {
      const nodes = searchable(sources.all);
      if (nodes.length === 0) {
        throw new ShownError((t) =>
          t("No tracer is connected whose history could be searched: connect to one first."),
        );
      }
      const search = await askForSearch(options);
      if (search === undefined) return;
      const result = await runCancellable(vscode.l10n.t("Searching the history"), (progress, signal) =>
        searchNodes(
          nodes,
          search,
          ({ nodes: all, finished, found }) => {
            progress.report({
              message: vscode.l10n.t(
                "{0}, {1} found",
                partOfNodesText(finished, all, vscode.l10n.t),
                countText(found),
              ),
            });
          },
          signal,
        ),
      );
      if (result === undefined) return;
      if (result.lines.length > 0) {
        const [{ FileSource }, { textInput }] = await Promise.all([
          import("../logs/fileSource.ts"),
          import("../logs/textInput.ts"),
        ]);
        const what = search.pattern?.text ?? vscode.l10n.t("everything");
        const name = vscode.l10n.t("Search {0}: {1}", ++searches, what.slice(0, 60));
        sources.add(new FileSource(textInput(`search:${String(searches)}`, name, result.lines), clock));
        stream.open();
      }
      tellResult(result);
    },
  };
}

async function askForSearch(options: HistoryCommandOptions): Promise<HistorySearch | undefined> {
  const { filter } = options;
  const range = await vscode.window.showQuickPick(ranges(options), {
    title: vscode.l10n.t("Search History"),
    placeHolder: vscode.l10n.t("When it ran; users and workspaces are those of the filter"),
    // The stream, which takes the focus when it has opened, must not end what is asked by then.
    ignoreFocusOut: true,
  });
  if (range === undefined) return undefined;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Search History"),
    prompt: vscode.l10n.t("A part of the command line, or /a regular expression/; empty for every program"),
    ignoreFocusOut: true,
  });
  if (text === undefined) return undefined;
  const [, regex] = /^\/(.+)\/$/.exec(text.trim()) ?? [];
  const { sinceMs, untilMs } = range;
  const pattern =
    regex !== undefined
      ? ({ type: "regex", text: regex } as const)
      : text.trim() === ""
        ? undefined
        : ({ type: "grep", text: text.trim() } as const);
  return { filter: toStreamFilter(filter.current), pattern, sinceMs, untilMs };
}

function ranges({ filter, stream, clock }: HistoryCommandOptions): RangeChoice[] {
  const nowMs = clock.nowMs();
  const last = (hours: number): Pick<RangeChoice, "sinceMs" | "untilMs"> => ({
    sinceMs: nowMs - hours * HOUR_MS,
    untilMs: undefined,
  });
  const choices: RangeChoice[] = [
    { label: vscode.l10n.t("The last hour"), ...last(1) },
    { label: vscode.l10n.t("The last day"), ...last(24) },
    { label: vscode.l10n.t("The last week"), ...last(168) },
    { label: vscode.l10n.t("All that is kept"), sinceMs: undefined, untilMs: undefined },
  ];
  const filtered = filterRange(filter.current.expression);
  if (filtered !== undefined)
    choices.unshift(exactly(vscode.l10n.t("The time range of the filter"), filtered));
  const [sinceMs, untilMs] = stream.status?.range ?? [];
  if (sinceMs !== undefined) {
    choices.unshift(exactly(vscode.l10n.t("The time range chosen in the timeline"), { sinceMs, untilMs }));
  }
  return choices;
}

function exactly(label: string, range: Pick<RangeChoice, "sinceMs" | "untilMs">): RangeChoice {
  const text = [range.sinceMs, range.untilMs]
    .map((each) => (each === undefined ? "…" : new Date(each).toISOString()))
    .join(" – ");
  return { label, description: text, ...range };
}

/** Silent where everything is well: the rows are there. */
function tellEarlier({ loaded, removed, failed }: EarlierEvents): void {
  const parts: string[] = [];
  if (loaded === 0 && failed.length === 0 && removed === 0) {
    parts.push(vscode.l10n.t("There is nothing earlier in the histories of the connected nodes."));
  }
  parts.push(...removedText(removed));
  tellParts(parts, failed, (node, why) => vscode.l10n.t("{0} could not be read: {1}.", node, why));
}

function tellResult({ lines, limit, incomplete, failed, removed }: SearchResult): void {
  const parts = [
    lines.length === 1
      ? vscode.l10n.t("Found 1 event.")
      : vscode.l10n.t("Found {0} events.", countText(lines.length)),
  ];
  if (incomplete.length > 0) {
    parts.push(
      vscode.l10n.t(
        "Of {0} these are only the latest {1}.",
        incomplete.slice(0, 5).join(", "),
        countText(limit),
      ),
    );
  }
  parts.push(...removedText(removed));
  tellParts(parts, failed, (node, why) => vscode.l10n.t("{0} was not searched: {1}.", node, why));
}

function removedText(removed: number | undefined): string[] {
  if (removed === undefined) return [vscode.l10n.t("Some of what ran then is not kept any more.")];
  return removed === 0
    ? []
    : [
        removed === 1
          ? vscode.l10n.t("1 event of then is not kept any more.")
          : vscode.l10n.t("{0} events of then are not kept any more.", countText(removed)),
      ];
}

function tellParts(
  parts: readonly string[],
  failed: readonly FailedNode[],
  failure: (node: string, why: string) => string,
): void {
  const all = [...parts, ...failed.slice(0, 3).map(({ node, why }) => failure(node, why))];
  const more = failed.length - 3;
  if (more === 1) all.push(vscode.l10n.t("And 1 more node."));
  else if (more > 1) all.push(vscode.l10n.t("And {0} more nodes.", more));
  if (all.length === 0) return;
  if (failed.length === 0) void vscode.window.showInformationMessage(all.join(" "));
  else void vscode.window.showWarningMessage(all.join(" "));
}
