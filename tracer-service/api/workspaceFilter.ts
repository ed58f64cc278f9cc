import { parseClientMessage } from "../../protocol/clientMessage.ts";
import type { StreamFilter, WorkspaceName } from "../../protocol/stream.ts";

/** The filter of a URL's query: `username` and `workspace`, as often as there are names. Throws one line. */
export function parseWorkspaceFilter(query: URLSearchParams): StreamFilter {
  const filter = {
    usernames: query.getAll("username"),
    workspaces: query.getAll("workspace").map(workspaceName),
  };
  parseClientMessage(JSON.stringify({ type: "subscribe", filter }));
  return filter;
}

/** `NAME` or `USER/NAME`. */
function workspaceName(text: string): WorkspaceName {
  const slash = text.indexOf("/");
  if (slash < 0) return { username: undefined, workspaceName: text };
  return { username: text.slice(0, slash), workspaceName: text.slice(slash + 1) };
}

/** The value of a key that can be given once; undefined where it is not given. Throws one line. */
export function singleValue(query: URLSearchParams, key: string): string | undefined {
  const values = query.getAll(key);
  if (values.length > 1) throw new Error(`${key} can be given once`);
  return values[0];
}

/** A sequence number. Throws one line. */
export function parseSequenceNumber(text: string, key: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${key} is not a whole number from 0`);
  return Number(text);
}
