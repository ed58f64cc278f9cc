import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { formatRange } from "./timeText.ts";
import type { TimeRange } from "./timelineData.ts";
import { t } from "../../protocol/text/translate.ts";

/** All that limits what is shown: the filter that the whole editor knows, and what only this view does. */
export interface FullFilter {
  readonly filter: ViewFilter;
  readonly range: TimeRange | undefined;
  /** The row above all that is shown, and its name. */
  readonly subtree: { readonly row: number; readonly name: string } | undefined;
  /** Names of programs. */
  readonly hidden: readonly string[];
}

/** Shows everything. */
export const NO_FILTER: FullFilter = {
  filter: { usernames: [], workspaces: [], expression: "" },
  range: undefined,
  subtree: undefined,
  hidden: [],
};

/** Whether the view shows less than the filter lets through. */
export function isNarrowed({ range, subtree, hidden }: FullFilter): boolean {
  return range !== undefined || subtree !== undefined || hidden.length > 0;
}

/** A part of the filter as a chip, and the filter without it. */
export interface FilterPart {
  readonly text: string;
  readonly without: FullFilter;
}

/** The parts of a filter besides its expression. */
export function filterParts(full: FullFilter, nowMs: number): readonly FilterPart[] {
  const { filter, range, subtree, hidden } = full;
  return [
    ...filter.usernames.map((name) => ({
      text: t("user: {0}", name),
      without: {
        ...full,
        filter: { ...filter, usernames: filter.usernames.filter((other) => other !== name) },
      },
    })),
    ...filter.workspaces.map((workspace) => ({
      text: t(
        "workspace: {0}",
        `${workspace.username === undefined ? "" : `${workspace.username}/`}${workspace.workspaceName}`,
      ),
      without: {
        ...full,
        filter: { ...filter, workspaces: filter.workspaces.filter((other) => other !== workspace) },
      },
    })),
    ...(range === undefined
      ? []
      : [
          {
            text: formatRange(range[0], range[1], nowMs),
            without: { ...full, range: undefined },
          },
        ]),
    ...(subtree === undefined
      ? []
      : [{ text: t("below {0}", subtree.name), without: { ...full, subtree: undefined } }]),
    ...hidden.map((program) => ({
      text: t("hidden: {0}", program),
      without: { ...full, hidden: hidden.filter((other) => other !== program) },
    })),
  ];
}

/** The filter with this user too. */
export function withUser(filter: ViewFilter, username: string): ViewFilter {
  return filter.usernames.includes(username)
    ? filter
    : { ...filter, usernames: [...filter.usernames, username] };
}

/** The filter with this workspace too; an empty username stands for any. */
export function withWorkspace(filter: ViewFilter, username: string, workspaceName: string): ViewFilter {
  const name = { username: username === "" ? undefined : username, workspaceName };
  const known = filter.workspaces.some(
    (other) => other.username === name.username && other.workspaceName === workspaceName,
  );
  return known ? filter : { ...filter, workspaces: [...filter.workspaces, name] };
}
