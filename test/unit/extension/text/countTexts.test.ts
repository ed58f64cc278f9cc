import { describe, expect, it } from "vitest";
import {
  eventsText,
  partOfNodesText,
  processesText,
  programsText,
  workspacesText,
} from "../../../../extension/text/countTexts.ts";
import type { Translate } from "../../../../protocol/text/translate.ts";

const t: Translate = (message, ...values) =>
  message.replaceAll(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)]));

describe("texts with a count", () => {
  it.each([
    [eventsText, "1 event", "0 events", "1,842 events"],
    [programsText, "1 program", "0 programs", "1,842 programs"],
    [processesText, "1 process", "0 processes", "1,842 processes"],
    [workspacesText, "1 workspace", "0 workspaces", "1,842 workspaces"],
  ] as const)("%o tells one and many", (text, one, none, many) => {
    expect([1, 0, 1_842].map((count) => text(count, t))).toEqual([one, none, many]);
  });

  it("tell a part of one and of many", () => {
    expect([partOfNodesText(0, 1, t), partOfNodesText(3, 12, t)]).toEqual(["0 of 1 node", "3 of 12 nodes"]);
  });
});
