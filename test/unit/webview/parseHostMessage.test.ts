import { describe, expect, it } from "vitest";
import type { HostMessage } from "../../../protocol/webviewMessages.ts";
import { parseHostMessage } from "../../../webview/parseHostMessage.ts";

const messages: readonly HostMessage[] = [
  {
    type: "settings",
    settings: { columns: ["pid", "exit"], foldRepeats: true, timeFormat: "utc", eventsKept: 1_000 },
  },
  { type: "source", source: { id: "a", kind: "tracer", name: "node-a", state: { type: "connected" } } },
  {
    type: "source",
    source: {
      id: "a",
      kind: "file",
      name: "x.log",
      state: { type: "reading", readBytes: 1, totalBytes: undefined },
    },
  },
  {
    type: "source",
    source: {
      id: "a",
      kind: "pods",
      name: "c",
      state: { type: "disconnected", sinceMs: 1, why: "gone", retryMs: 500 },
    },
  },
  { type: "sourceRemoved", id: "a" },
  {
    type: "gap",
    source: "a",
    gap: {
      type: "gap",
      reason: "not_kept",
      firstSeq: 1,
      lastSeq: 5,
      events: 5,
      execs: undefined,
      firstTs: undefined,
      lastTs: undefined,
    },
  },
  {
    type: "filter",
    filter: {
      usernames: ["j"],
      workspaces: [{ username: undefined, workspaceName: "main" }],
      expression: "x",
    },
  },
  { type: "pause" },
  { type: "clearNarrowing" },
  { type: "rowAction", action: "hideProgram", row: 7 },
  { type: "export", id: 1, scope: "shown" },
  { type: "exportNext", id: 1 },
];

describe("parseHostMessage", () => {
  it.each(messages)("takes $type", (message) => {
    expect(parseHostMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it("takes events, whose lines are bytes", () => {
    const message = { type: "events", source: "a", batch: 1, lines: new TextEncoder().encode("{}\n") };
    expect(parseHostMessage(structuredClone(message))).toEqual(message);
  });

  it("takes events that are packed, with the length and the number of their lines", () => {
    const message = {
      type: "events",
      source: "a",
      batch: 1,
      lines: Uint8Array.of(3, 0),
      unpackedLength: 900,
      unpackedLines: 3,
    };
    expect(parseHostMessage(structuredClone(message))).toEqual(message);
  });

  it.each([
    ["no object", "pause"],
    ["a list", [{ type: "pause" }]],
    ["an unknown type", { type: "constructor" }],
    ["a type that is no string", { type: 1 }],
    [
      "an unknown column",
      { type: "settings", settings: { columns: ["x"], foldRepeats: true, timeFormat: "utc", eventsKept: 1 } },
    ],
    [
      "an unknown time format",
      { type: "settings", settings: { columns: [], foldRepeats: true, timeFormat: "x", eventsKept: 1 } },
    ],
    ["a number that is none", { type: "events", source: "a", batch: Number.NaN, lines: new Uint8Array() }],
    ...[-1, 0.5, 1e9, "9"].map((unpackedLength): [string, unknown] => [
      `a length of ${String(unpackedLength)}`,
      { type: "events", source: "a", batch: 1, lines: new Uint8Array(), unpackedLength },
    ]),
    ["half a line", { type: "events", source: "a", batch: 1, lines: new Uint8Array(), unpackedLines: 0.5 }],
    ["lines that are a text", { type: "events", source: "a", batch: 1, lines: "{}\n" }],
    ["lines of two bytes each", { type: "events", source: "a", batch: 1, lines: new Uint16Array(1) }],
    [
      "lines that somebody else can change",
      { type: "events", source: "a", batch: 1, lines: new Uint8Array(new SharedArrayBuffer(1)) },
    ],
    ["a name that is too long", { type: "sourceRemoved", id: "x".repeat(70_000) }],
    [
      "an unknown state",
      { type: "source", source: { id: "a", kind: "file", name: "n", state: { type: "x" } } },
    ],
    ["an unknown action", { type: "rowAction", action: "delete", row: 1 }],
  ])("refuses %s", (_name, value) => {
    expect(parseHostMessage(value)).toBeUndefined();
  });
});
