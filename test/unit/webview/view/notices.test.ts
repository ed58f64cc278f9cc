import { describe, expect, it } from "vitest";
import type { Source, SourceKind, SourceState } from "../../../../protocol/webviewMessages.ts";
import { emptyState } from "../../../../webview/view/emptyState.ts";
import { noticesOf } from "../../../../webview/view/notices.ts";
import { NO_COUNTS } from "../../../../webview/worker/workerMessages.ts";

const counts = NO_COUNTS;
const nowMs = Date.UTC(2026, 10, 23, 12, 4, 9);

function source(state: SourceState, kind: SourceKind = "tracer"): Source {
  return { id: "a", kind, name: "node-a", state };
}

describe("noticesOf", () => {
  it.each<[string, SourceState, RegExp, SourceKind?]>([
    [
      "a lost connection, and when it is tried again",
      { type: "disconnected", sinceMs: nowMs, why: "the socket was closed.", retryMs: nowMs + 4_200 },
      /^Disconnected from node-a since .*: the socket was closed\. Retrying in 5 s\.$/,
    ],
    [
      "a file that can't be read, which was never connected",
      { type: "disconnected", sinceMs: nowMs, why: "could not read a.gz: it is damaged", retryMs: undefined },
      /^Could not read a\.gz: it is damaged\.$/,
      "file",
    ],
    [
      "why in a sentence",
      { type: "disconnected", sinceMs: nowMs, why: "nobody listens", retryMs: undefined },
      /: nobody listens\. Not trying again\.$/,
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
  ])("tells %s", (_name, state, text, kind) => {
    const [notice] = noticesOf([source(state, kind)], counts, nowMs);
    expect([notice?.text, notice?.detail].join(" ").trim()).toMatch(text);
  });

  it("keeps what goes on out of the text that is read out", () => {
    const text = (state: SourceState, ms: number): string | undefined =>
      noticesOf([source(state)], counts, ms)[0]?.text;
    const retrying = { type: "disconnected", sinceMs: nowMs, why: "x.", retryMs: nowMs + 9_000 } as const;
    expect(text(retrying, nowMs + 1_000)).toBe(text(retrying, nowMs + 5_000));
    const reading = (readBytes: number): SourceState => ({ type: "reading", readBytes, totalBytes: 100 });
    expect(text(reading(10), nowMs)).toBe(text(reading(90), nowMs));
  });

  it("says nothing while all is well", () => {
    expect(noticesOf([source({ type: "connected" })], counts, nowMs)).toEqual([]);
  });

  it("says that the view itself had a problem", () => {
    expect(noticesOf([], counts, nowMs, 2)).toEqual([expect.objectContaining({ tone: "warning" })]);
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

const FAILED: SourceState = { type: "disconnected", sinceMs: nowMs, why: "x", retryMs: undefined };

describe("emptyState", () => {
  it.each<[string, readonly Source[], number, number, string | undefined]>([
    ["offers to connect", [], 0, 0, "Not connected"],
    ["waits for the first event", [source({ type: "connected" })], 0, 0, "No events yet"],
    ["blames the file", [source(FAILED, "file")], 0, 0, "The file could not be read"],
    ["blames the connection", [source(FAILED)], 0, 0, "Disconnected"],
    ["blames the filter", [], 5, 0, "Nothing matches the filter"],
    ["is gone when there are rows", [], 5, 1, undefined],
    ["is gone when there is nothing but a loss", [source({ type: "connected" })], 0, 1, undefined],
  ])("%s", (_name, sources, total, rows, title) => {
    expect(emptyState(sources, { total }, rows)?.title).toBe(title);
  });
});
