import { parseClientMessage } from "../../protocol/clientMessage.ts";
import type { WorkspaceName } from "../../protocol/stream.ts";

const KEYS: readonly string[] = ["since", "run", "username", "workspace", "events"];

/**
 * The `subscribe` message that the query of a stream's URL stands for, as text; undefined where it asks for none yet.
 * `run` is that of this service, which `since` means unless the query names another. Throws one line.
 */
export function parseStreamQuery(query: URLSearchParams, run: string): string | undefined {
  for (const key of query.keys()) {
    if (!KEYS.includes(key)) throw new Error(`the query has an unknown key: give ${KEYS.join(", ")}`);
  }
  const events = single(query, "events");
  if (events !== undefined) {
    if (events !== "none") throw new Error("events can only be none");
    if (query.size > 1) throw new Error("events=none goes alone: filters then come by message");
    return undefined;
  }
  const since = single(query, "since");
  const ofRun = single(query, "run");
  if (since === undefined && ofRun !== undefined) throw new Error("run goes with since");
  const text = JSON.stringify({
    type: "subscribe",
    filter: {
      usernames: query.getAll("username"),
      workspaces: query.getAll("workspace").map(workspaceName),
    },
    ...(since === undefined ? {} : { since: { run: ofRun ?? run, seq: sequenceNumber(since) } }),
  });
  parseClientMessage(text);
  return text;
}

/** `NAME` or `USER/NAME`. */
function workspaceName(text: string): WorkspaceName {
  const slash = text.indexOf("/");
  if (slash < 0) return { username: undefined, workspaceName: text };
  return { username: text.slice(0, slash), workspaceName: text.slice(slash + 1) };
}

function sequenceNumber(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new Error("since is not a whole number from 0");
  return Number(text);
}

function single(query: URLSearchParams, key: string): string | undefined {
  const values = query.getAll(key);
  if (values.length > 1) throw new Error(`${key} can be given once`);
  return values[0];
}
