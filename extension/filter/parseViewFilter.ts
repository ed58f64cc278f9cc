import { MAX_EXPRESSION_LENGTH } from "../../protocol/filter/filterTerm.ts";
import type { WorkspaceName } from "../../protocol/stream.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";

/** Bounds of a filter, in names and in UTF-16 units. */
const MAX_NAMES = 1_000;
export const MAX_NAME_LENGTH = 256;

/** The filter that lets everything through. */
export const EMPTY_FILTER: ViewFilter = { usernames: [], workspaces: [], expression: "" };

/** A filter out of a message or a stored state; undefined where it is none, or too big. Names come once each. */
export function parseViewFilter(value: unknown): ViewFilter | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { usernames, workspaces, expression } = value as Record<string, unknown>;
  if (!isList(usernames) || !isList(workspaces)) return undefined;
  if (typeof expression !== "string" || expression.length > MAX_EXPRESSION_LENGTH) return undefined;
  if (!usernames.every(isName)) return undefined;
  const names = new Map<string, WorkspaceName>();
  for (const each of workspaces) {
    const name = parseWorkspaceName(each);
    if (name === undefined) return undefined;
    names.set(JSON.stringify([name.username, name.workspaceName]), name);
  }
  return { usernames: [...new Set(usernames)], workspaces: [...names.values()], expression };
}

/** Whether a filter lets everything through. */
export function isEmptyFilter(filter: ViewFilter): boolean {
  return filter.usernames.length === 0 && filter.workspaces.length === 0 && filter.expression.trim() === "";
}

function parseWorkspaceName(value: unknown): WorkspaceName | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { username, workspaceName } = value as Record<string, unknown>;
  if (!isName(workspaceName)) return undefined;
  // `undefined` in an object does not survive JSON; a missing key means the same.
  if (username !== undefined && username !== null && !isName(username)) return undefined;
  return { username: username ?? undefined, workspaceName };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_NAMES;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH;
}
