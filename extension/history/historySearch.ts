import type { StreamFilter } from "../../protocol/stream.ts";
import { distinctName } from "../source/distinctName.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { ReadHistory } from "./readHistory.ts";

/** What is sought. */
export interface HistorySearch {
  readonly filter: StreamFilter;
  /** Of the command line; undefined for every exec. */
  readonly pattern: { readonly type: "grep" | "regex"; readonly text: string } | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

/** How far a search over all nodes is. */
export interface SearchProgress {
  readonly nodes: number;
  readonly finished: number;
  readonly found: number;
}

/** What was found, node by node. */
export interface SearchResult {
  /** Log lines, the newest first. */
  readonly lines: readonly string[];
  /** Nodes that have more than is told. */
  readonly incomplete: readonly string[];
  readonly failed: readonly { readonly node: string; readonly why: string }[];
  /** Events of this part of the history that are not kept any more; undefined when it can't be known. */
  readonly removed: number | undefined;
}

/** Most that one node tells of a search. */
export const SEARCH_LIMIT = 10_000;
/** Nodes that search at a time. */
const AT_A_TIME = 8;

/** The sources that have a history to search. */
export function searchable(
  sources: readonly EventSource[],
): readonly (EventSource & { readHistory: ReadHistory })[] {
  return sources.filter(
    (source): source is EventSource & { readHistory: ReadHistory } => source.readHistory !== undefined,
  );
}

/** The query of `/v1/events` that stands for a search. */
export function historyQuery(
  { filter, pattern, sinceMs, untilMs }: HistorySearch,
  limit: number,
): URLSearchParams {
  const query = new URLSearchParams({ order: "newest", limit: String(limit) });
  for (const username of filter.usernames) query.append("username", username);
  for (const { username, workspaceName } of filter.workspaces) {
    // A name without its user must hold no slash; the view's own filter then does the rest.
    if (username !== undefined) query.append("workspace", `${username}/${workspaceName}`);
    else if (!workspaceName.includes("/")) query.append("workspace", workspaceName);
  }
  if (pattern !== undefined) query.set(pattern.type, pattern.text);
  if (sinceMs !== undefined) query.set("from", new Date(sinceMs).toISOString());
  if (untilMs !== undefined) query.set("until", new Date(untilMs).toISOString());
  return query;
}

/** Searches all nodes, some at a time. What one of them can't tell is part of the result; rejects when it is aborted. */
export async function searchNodes(
  sources: readonly (EventSource & { readHistory: ReadHistory })[],
  search: HistorySearch,
  tell: (progress: SearchProgress) => void,
  signal: AbortSignal,
): Promise<SearchResult> {
  const lines: string[] = [];
  const incomplete: string[] = [];
  const failed: { node: string; why: string }[] = [];
  let [removed, finished]: [number | undefined, number] = [0, 0];
  const queue = [...sources];
  const tellNow = (): void => {
    tell({ nodes: sources.length, finished, found: lines.length });
  };
  const one = async (source: EventSource & { readHistory: ReadHistory }): Promise<void> => {
    const reader = {
      lines: (text: string) => {
        lines.push(...text.split("\n").slice(0, -1));
        tellNow();
      },
      progress: tellNow,
    };
    try {
      const end = await source.readHistory(historyQuery(search, SEARCH_LIMIT), reader, signal);
      if (!end.done) incomplete.push(distinctName(source, sources));
      for (const { events } of end.gaps) removed = events === undefined ? undefined : (removed ?? 0) + events;
    } catch (error) {
      signal.throwIfAborted();
      failed.push({
        node: distinctName(source, sources),
        why: error instanceof Error ? error.message : String(error),
      });
    }
    finished++;
    tellNow();
  };
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await one(next);
  };
  tellNow();
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, sources.length) }, worker));
  return { lines, incomplete, failed, removed };
}
