import { expect, test } from "vitest";
import { cellOf } from "../../../../../webview/view/grid/columnTable.ts";
import type { ExecRow, FoldRow } from "../../../../../webview/worker/workerMessages.ts";

const FOLD: FoldRow = {
  type: "fold",
  id: -1,
  level: 1,
  positionInSet: 1,
  setSize: 1,
  expanded: false,
  context: false,
  username: "zac",
  workspace: "code",
  program: "cc",
  count: 12_345,
  failed: 0,
  running: 0,
  startMs: 0,
  meanDurationMs: 2,
};

test.each<[string, Partial<FoldRow>, "exit" | "duration", ReturnType<typeof cellOf>]>([
  ["says nothing where none failed", {}, "exit", { text: "", tone: "" }],
  [
    "counts those that failed",
    { failed: 3 },
    "exit",
    { text: "3 failed", tone: "failed", title: "3 of 12,345 failed" },
  ],
  [
    "is short where many failed, and exact in its tooltip",
    { failed: 1_842 },
    "exit",
    { text: "1.8K failed", tone: "failed", title: "1,842 of 12,345 failed" },
  ],
  [
    "counts those that run",
    { running: 12_345 },
    "duration",
    { text: "12K running", tone: "running", title: "12,345 of 12,345 running" },
  ],
])("a fold %s", (_, fold, column, cell) => {
  expect(cellOf({ ...FOLD, ...fold }, column, { timeFormat: "local", nowMs: 0 })).toEqual(cell);
});

test.each([
  ["the time until the end", false, "1.2 s"],
  ["the most that it can be, where the kernel told the end late", true, "≤ 1.2 s"],
])("a program's duration is %s", (_, endedEarlier, text) => {
  const row = { type: "exec", durationMs: 1_200, endedEarlier } as ExecRow;
  expect(cellOf(row, "duration", { timeFormat: "local", nowMs: 0 })).toMatchObject({ text });
});
