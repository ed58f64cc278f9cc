import type { StreamFilter } from "../../protocol/stream.ts";
import { distinctName } from "../source/distinctName.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { ReadHistory } from "./readHistory.ts";
import { whyText } from "../../protocol/text/shownError.ts";

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

/** A node that did not answer, and why. */
export interface FailedNode {
  readonly node: string;
  readonly why: string;
}

/** What was found, node by node. */
export interface SearchResult {
  /** Log lines, of each node the newest first. */
  readonly lines: readonly string[];
  /** Most that each node was asked for. */
  readonly limit: number;
  /** Nodes that have more than is told. */
  readonly incomplete: readonly string[];
  readonly failed: readonly FailedNode[];
  /** Events of this part of the history that are not kept any more; undefined when it can't be known. */
  readonly removed: number | undefined;
}

/** Most that one node tells of a search, and that all of them do: each may tell the same share of it. */
const NODE_LIMIT = 10_000;
const LIMIT = 100_000;
/** Nodes that are asked at a time. */
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
  const limit = Math.min(NODE_LIMIT, Math.ceil(LIMIT / sources.length));
  const lines: string[] = [];
  const incomplete: string[] = [];
  let [removed, finished]: [number | undefined, number] = [0, 0];
  const tellNow = (): void => {
    tell({ nodes: sources.length, finished, found: lines.length });
  };
  tellNow();
  const failed = await askNodes(sources, signal, async (source) => {
    const reader = {
      lines: (text: string) => {
        lines.push(...text.split("\n").slice(0, -1));
        tellNow();
      },
      progress: tellNow,
    };
    try {
      const end = await source.readHistory(historyQuery(search, limit), reader, signal);
      if (!end.done) incomplete.push(distinctName(source, sources));
      removed = addRemoved(removed, end.gaps);
    } finally {
      finished++;
      tellNow();
    }
  });
  return { lines, limit, incomplete, failed, removed };
}

/** Asks nodes for something, some at a time; resolves with those that failed. Rejects when it is aborted. */
export async function askNodes<T extends EventSource>(
  sources: readonly T[],
  signal: AbortSignal,
  ask: (source: T) => Promise<void>,
): Promise<FailedNode[]> {
  const failed: FailedNode[] = [];
  const queue = [...sources];
  const worker = async (): Promise<void> => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      try {
        await ask(source);
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ node: distinctName(source, sources), why: whyText(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, sources.length) }, worker));
  return failed;
}

/** Events that are not kept any more, with those of these gaps; undefined when it can't be known. */
export function addRemoved(
  removed: number | undefined,
  gaps: readonly { readonly events?: number | undefined }[],
): number | undefined {
  let sum = removed;
  for (const { events } of gaps) sum = events === undefined || sum === undefined ? undefined : sum + events;
  return sum;
}
