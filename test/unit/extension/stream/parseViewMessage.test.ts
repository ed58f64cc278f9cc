import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseViewMessage } from "../../../../extension/stream/parseViewMessage.ts";
import type { ViewMessage } from "../../../../protocol/webviewMessages.ts";

const status = {
  total: 3,
  shown: 2,
  failed: 1,
  lost: 0,
  paused: false,
  waiting: 0,
  range: undefined,
  narrowed: false,
};
const exported = { type: "exported", id: 1, lines: "{}\n", events: 1, totalEvents: 2, done: false } as const;

const messages: readonly ViewMessage[] = [
  { type: "ready" },
  { type: "consumed", source: "tracer:unix:/run/x", batch: 7 },
  { type: "status", status },
  {
    type: "filter",
    filter: {
      usernames: ["jessie"],
      workspaces: [{ username: undefined, workspaceName: "main" }],
      expression: "uid:0",
    },
  },
  { type: "settings", columns: ["pid", "exit"], foldRepeats: false },
  { type: "copy", text: "uname -a" },
  { type: "command", command: "clearFilters" },
  exported,
  { type: "problem", message: "the worker has ended" },
];

describe("parseViewMessage", () => {
  it.each(messages.map((message) => [message.type, message] as const))("takes %s", (_, message) => {
    expect(parseViewMessage(message)).toEqual(message);
    expect(parseViewMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it("drops keys that it does not know", () => {
    expect(parseViewMessage({ type: "ready", command: "workbench.action.quit" })).toEqual({ type: "ready" });
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "ready"],
    ["a list", []],
    ["an unknown type", { type: "run", command: "x" }],
    ["a name of every object", { type: "constructor" }],
    ["a command that the view has no button for", { type: "command", command: "workbench.action.quit" }],
    ["a negative batch", { type: "consumed", source: "a", batch: -1 }],
    ["a fraction", { type: "consumed", source: "a", batch: 1.5 }],
    ["no number", { type: "status", status: { ...status, total: Number.NaN } }],
    ["a status without a part", { type: "status", status: { total: 1 } }],
    ["an unknown column", { type: "settings", columns: ["password"], foldRepeats: true }],
    ["a column twice", { type: "settings", columns: ["pid", "pid"], foldRepeats: true }],
    ["a source id that is too long", { type: "consumed", source: "x".repeat(8_193), batch: 1 }],
    ["a text to copy that is too long", { type: "copy", text: "x".repeat(8 * 1024 * 1024 + 1) }],
    ["an export without its id", { ...exported, id: undefined }],
    ["a filter that is none", { type: "filter", filter: "uid:0" }],
  ])("refuses %s", (_, value) => {
    expect(parseViewMessage(value)).toBeUndefined();
  });

  it("cuts a problem that is too long", () => {
    const parsed = parseViewMessage({ type: "problem", message: "x".repeat(5_000) });
    expect(parsed).toEqual({ type: "problem", message: "x".repeat(2_000) });
  });

  it("never throws", () => {
    const types = messages.map(({ type }) => type);
    const value = fc.oneof(
      fc.anything(),
      fc.record({
        type: fc.constantFrom(...types),
        status: fc.anything(),
        filter: fc.anything(),
        columns: fc.anything(),
      }),
    );
    fc.assert(
      fc.property(value, (each) => {
        const parsed = parseViewMessage(each);
        expect(parsed === undefined || types.includes(parsed.type)).toBe(true);
      }),
    );
  });
});
