import { describe, expect, it } from "vitest";

import {
  historyQuery,
  searchable,
  searchNodes,
  type SearchProgress,
} from "../../../../extension/history/historySearch.ts";
import type { ReadHistory } from "../../../../extension/history/readHistory.ts";
import { FakeSource } from "../source/fakeSource.ts";

const SEARCH = {
  filter: { usernames: ["jessie"], workspaces: [{ username: "robin", workspaceName: "main" }] },
  pattern: { type: "grep", text: "rm -rf" },
  sinceMs: Date.UTC(2026, 0, 2),
  untilMs: undefined,
} as const;

function node(id: string, readHistory: ReadHistory | undefined): FakeSource {
  const source = new FakeSource(id);
  source.readHistory = readHistory;
  return source;
}

const answer =
  (
    lines: string,
    { done = true, removed }: { done?: boolean; removed?: number | "unknown" } = {},
  ): ReadHistory =>
  (_query, reader) => {
    reader.lines(lines);
    const times = { execs: undefined, firstTs: undefined, lastTs: undefined };
    const gap = { firstSeq: 1, lastSeq: 9, events: removed === "unknown" ? undefined : removed, ...times };
    const gaps = removed === undefined ? [] : [gap];
    return Promise.resolve({ type: "end", through: 1, done, events: 1, gaps });
  };

describe("historyQuery", () => {
  it("asks for the newest of whom the filter names", () => {
    expect(historyQuery(SEARCH, 7).toString()).toBe(
      "order=newest&limit=7&username=jessie&workspace=robin%2Fmain&grep=rm+-rf&from=2026-01-02T00%3A00%3A00.000Z",
    );
  });
});

describe("searchNodes", () => {
  it("gathers what all nodes find, and says what is missing", async () => {
    const sources = [
      node("a", answer("a1\na2\n")),
      node("b", answer("b1\n", { done: false, removed: 5 })),
      node("c", () => Promise.reject(new Error("no answer"))),
      node("file", undefined),
    ];
    const told: SearchProgress[] = [];
    const { signal } = new AbortController();
    const result = await searchNodes(searchable(sources), SEARCH, (each) => told.push(each), signal);
    expect(result).toEqual({
      ...{ lines: ["a1", "a2", "b1"], limit: 10_000, incomplete: ["node-a"], removed: 5 },
      failed: [{ node: "node-a", why: "no answer" }],
    });
    expect(told.at(-1)).toEqual({ nodes: 3, finished: 3, found: 3 });
  });

  it("asks each of many nodes for no more than its share of what is told of all", async () => {
    const limits: (string | null)[] = [];
    const tells: ReadHistory = (query, reader, signal) => {
      limits.push(query.get("limit"));
      return answer("", { done: false })(query, reader, signal);
    };
    const sources = searchable(Array.from({ length: 1_000 }, (_, i) => node(String(i), tells)));
    const { signal } = new AbortController();
    const { limit, incomplete } = await searchNodes(sources, SEARCH, () => undefined, signal);
    expect([limit, incomplete.length, new Set(limits)]).toEqual([100, 1_000, new Set(["100"])]);
  });

  it("does not claim to know how much is gone where one node does not", async () => {
    const sources = searchable([node("a", answer("", { removed: "unknown" }))]);
    const { signal } = new AbortController();
    expect(await searchNodes(sources, SEARCH, () => undefined, signal)).toMatchObject({ removed: undefined });
  });

  it("ends when it is cancelled", async () => {
    const controller = new AbortController();
    const waits: ReadHistory = (_query, _reader, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(new Error("cut"));
        });
      });
    const search = searchNodes(searchable([node("a", waits)]), SEARCH, () => undefined, controller.signal);
    controller.abort(new Error("cancelled"));
    await expect(search).rejects.toThrow("cancelled");
  });
});
