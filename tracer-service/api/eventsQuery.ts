import { parseTimestampNs } from "../../protocol/parseTimestamp.ts";
import type { StreamFilter } from "../../protocol/stream.ts";
import { compileCommandPattern, type CommandPattern } from "../history/commandPattern.ts";
import type { HistoryQuery } from "../history/historyReader.ts";
import { parseSequenceNumber, parseWorkspaceFilter, singleValue } from "./workspaceFilter.ts";

/** What a request for events of the history asks for. */
export interface EventsQuery extends Omit<HistoryQuery, "workspaces"> {
  readonly filter: StreamFilter;
  /** Most events that are told. */
  readonly limit: number;
}

const KEYS: readonly string[] = [
  ...["username", "workspace", "from", "until", "after", "before", "order", "limit", "grep", "regex"],
];
const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 100_000;

/** A query that can't be answered: its message says what is wrong with it. */
export class QueryError extends Error {}

/** Reads the query of `/v1/events`. Throws `QueryError`. */
export function parseEventsQuery(query: URLSearchParams): EventsQuery {
  try {
    return parse(query);
  } catch (cause) {
    throw new QueryError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function parse(query: URLSearchParams): EventsQuery {
  for (const key of query.keys()) {
    if (!KEYS.includes(key)) throw new Error(`the query has an unknown key: give ${KEYS.join(", ")}`);
  }
  const number = (key: string, otherwise: number): number => {
    const text = singleValue(query, key);
    return text === undefined ? otherwise : parseSequenceNumber(text, key);
  };
  const limit = number("limit", DEFAULT_LIMIT);
  if (!(limit >= 1 && limit <= MAX_LIMIT)) throw new Error(`limit is not between 1 and ${String(MAX_LIMIT)}`);
  const order = singleValue(query, "order") ?? "oldest";
  if (order !== "oldest" && order !== "newest") throw new Error("order is neither oldest nor newest");
  return {
    filter: parseWorkspaceFilter(query),
    sinceNs: time(singleValue(query, "from"), "from"),
    untilNs: time(singleValue(query, "until"), "until"),
    after: number("after", 0),
    before: number("before", Number.MAX_SAFE_INTEGER),
    order,
    limit,
    pattern: pattern(singleValue(query, "grep"), singleValue(query, "regex")),
  };
}

/** RFC 3339 → ns since 1970 UTC. */
function time(text: string | undefined, key: string): bigint | undefined {
  if (text === undefined) return undefined;
  const ns = parseTimestampNs(text);
  if (ns === undefined) throw new Error(`${key} is not a time such as 2026-02-28T20:29:38Z`);
  return ns;
}

function pattern(grep: string | undefined, regex: string | undefined): CommandPattern | undefined {
  if (grep !== undefined && regex !== undefined) throw new Error("grep and regex exclude each other");
  let found: CommandPattern | undefined;
  if (grep !== undefined) found = { type: "text", text: grep };
  if (regex !== undefined) found = { type: "regex", source: regex };
  if (found !== undefined) compileCommandPattern(found);
  return found;
}
