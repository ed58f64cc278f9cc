import { MAX_CLIENT_MESSAGE_BYTES, type StreamFilter } from "../../protocol/stream.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";

/** Leaves room for the rest of a request. */
const MAX_FILTER_BYTES = MAX_CLIENT_MESSAGE_BYTES - 1_024;

/**
 * What a service is asked for so that a view can show the filter: it lets through at least as much. The expression is
 * the view's own, and names that would not fit into one request are left to it too.
 */
export function toStreamFilter({ usernames, workspaces }: ViewFilter): StreamFilter {
  const filter = { usernames, workspaces };
  if (fits(filter)) return filter;
  const onlyUsers = { usernames, workspaces: [] };
  return fits(onlyUsers) ? onlyUsers : { usernames: [], workspaces: [] };
}

function fits(filter: StreamFilter): boolean {
  return Buffer.byteLength(JSON.stringify(filter)) <= MAX_FILTER_BYTES;
}
