import { describe, expect, it } from "vitest";
import { lossText } from "../../../../../webview/view/grid/lossText.ts";
import type { LossRow } from "../../../../../webview/worker/workerMessages.ts";

const row: LossRow = {
  type: "loss",
  id: 1,
  level: 1,
  positionInSet: 1,
  setSize: 1,
  expanded: undefined,
  context: false,
  username: "jessie",
  workspace: "main",
  kind: "exec",
  reason: "ring_full",
  count: 37,
  firstMs: undefined,
  lastMs: undefined,
  node: "node-a",
};

describe("lossText", () => {
  it.each<[string, Partial<LossRow>, string]>([
    ["a full ring", {}, "37 execs lost here on node-a: the ring buffer was full"],
    ["a single one", { count: 1, node: undefined }, "1 exec lost here: the ring buffer was full"],
    [
      "a number that nobody knows",
      { count: undefined, kind: "event", reason: "restarted" },
      "An unknown number of events lost here on node-a: the service was restarted",
    ],
    [
      "processes that a snapshot leaves out",
      { kind: "process", reason: "untold", count: 2_000 },
      "2,000 processes alive when this began not shown: there are more than the service tells",
    ],
    [
      "lines that this view could not unpack",
      { kind: "line", reason: "unpackable", count: 400, node: undefined },
      "400 log lines lost here: this view could not unpack them",
    ],
    [
      "arguments of which the middle is missing",
      { kind: "arguments", reason: "over_budget", count: 2 },
      "2 argument lists shortened here on node-a: the workspace ran more than its budget allows",
    ],
    ["a reason of a later release", { reason: "sunspots" }, "37 execs lost here on node-a: sunspots"],
  ])("tells %s", (_name, change, text) => {
    expect(lossText({ ...row, ...change })).toBe(text);
  });

  it("tells the range, in local time to a tenth of a second", () => {
    const firstMs = new Date(2026, 10, 23, 12, 4, 7, 200).getTime();
    expect(lossText({ ...row, firstMs, lastMs: firstMs + 1_800 })).toContain(", 12:04:07.2 – 12:04:09.0: ");
  });
});
