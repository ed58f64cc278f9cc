import { parseClientMessage } from "../../protocol/clientMessage.ts";
import { parseSequenceNumber, parseWorkspaceFilter, singleValue } from "./workspaceFilter.ts";

const KEYS: readonly string[] = ["since", "run", "username", "workspace", "events"];

/**
 * The `subscribe` message that the query of a stream's URL stands for, as text; undefined where it asks for none yet.
 * `run` is that of this service, which `since` means unless the query names another. Throws one line.
 */
export function parseStreamQuery(query: URLSearchParams, run: string): string | undefined {
  for (const key of query.keys()) {
    if (!KEYS.includes(key)) throw new Error(`the query has an unknown key: give ${KEYS.join(", ")}`);
  }
  const events = singleValue(query, "events");
  if (events !== undefined) {
    if (events !== "none") throw new Error("events can only be none");
    if (query.size > 1) throw new Error("events=none goes alone: filters then come by message");
    return undefined;
  }
  const since = singleValue(query, "since");
  const ofRun = singleValue(query, "run");
  if (since === undefined && ofRun !== undefined) throw new Error("run goes with since");
  const text = JSON.stringify({
    type: "subscribe",
    filter: parseWorkspaceFilter(query),
    ...(since === undefined
      ? {}
      : { since: { run: ofRun ?? run, seq: parseSequenceNumber(since, "since") } }),
  });
  parseClientMessage(text);
  return text;
}
