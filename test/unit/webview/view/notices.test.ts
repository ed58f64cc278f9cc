import { describe, expect, it } from "vitest";
import type { Source, SourceState } from "../../../../protocol/webviewMessages.ts";
import { emptyState } from "../../../../webview/view/emptyState.ts";
import { noticesOf } from "../../../../webview/view/notices.ts";
import { NO_COUNTS } from "../../../../webview/worker/workerMessages.ts";

const counts = NO_COUNTS;
const nowMs = Date.UTC(2026, 10, 23, 12, 4, 9);

function source(state: SourceState): Source {
  return { id: "a", kind: "tracer", name: "node-a", state };
}

describe("noticesOf", () => {
  it.each<[string, SourceState, RegExp]>([
    [
      "a lost connection, and when it is tried again",
      { type: "disconnected", sinceMs: nowMs, why: "the socket was closed.", retryMs: nowMs + 4_200 },
      /^Disconnected from node-a since .*: the socket was closed\. Retrying in 5 s\.$/,
    ],
    [
      "that nobody tries again",
      { type: "disconnected", sinceMs: nowMs, why: "x.", retryMs: undefined },
      /Not trying again/,
    ],
    [
      "how far a file is read",
      { type: "reading", readBytes: 5e6, totalBytes: 2e7 },
      /^Reading node-a: 5\.0 MB of 20\.0 MB$/,
    ],
    [
      "lines that are no event",
      { type: "read", events: 2, otherLines: 1 },
      /^node-a: 2 events, and 1 line that is no event\.$/,
    ],
  ])("tells %s", (_name, state, text) => {
    expect(noticesOf([source(state)], counts, nowMs)[0]?.text).toMatch(text);
  });

  it("says nothing while all is well", () => {
    expect(noticesOf([source({ type: "connected" })], counts, nowMs)).toEqual([]);
  });

  it("says that the view is full", () => {
    expect(noticesOf([], { ...counts, dropped: 1_200 }, nowMs)[0]?.text).toContain("1,200 oldest execs");
  });

  it("says why execs are grouped", () => {
    expect(noticesOf([], { ...counts, grouped: 3 }, nowMs).map(({ text }) => text)).toEqual([
      "Execs whose log lines name no process are grouped by user, workspace and calling program instead of by parent.",
    ]);
  });
});

describe("emptyState", () => {
  it.each<[string, readonly Source[], Partial<typeof counts>, string | undefined]>([
    ["offers to connect", [], {}, "Not connected"],
    ["waits for the first event", [source({ type: "connected" })], {}, "No events yet"],
    ["blames the filter", [], { total: 5 }, "Nothing matches the filter"],
    ["is gone when there are rows", [], { total: 5, shown: 1 }, undefined],
  ])("%s", (_name, sources, change, title) => {
    expect(emptyState(sources, { ...counts, ...change })?.title).toBe(title);
  });
});
