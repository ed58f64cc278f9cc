import { expect, test } from "vitest";
import type { TreeIntent } from "../../../../../webview/view/grid/treeKeys.ts";
import { treeStep } from "../../../../../webview/view/grid/treeStep.ts";
import type { TreePlace, TreeStep } from "../../../../../webview/view/grid/treeStep.ts";

const PLACE: TreePlace = {
  selected: 50,
  row: { level: 3, expanded: undefined },
  parent: 47,
  firstOnScreen: 40,
  rowsOnScreen: 20,
  rows: 100,
};
const select = (index: number): TreeStep => ({ type: "select", index });

test.each<[string, TreeIntent, Partial<TreePlace>, TreeStep | undefined]>([
  ["moves from the selected row", { type: "move", by: 1 }, {}, select(51)],
  ["begins on the screen", { type: "move", by: 1 }, { selected: undefined, row: undefined }, select(40)],
  ["stays in the list at its end", { type: "move", by: 1 }, { selected: 99 }, select(99)],
  ["stays in the list at its beginning", { type: "page", direction: -1 }, { selected: 3 }, select(0)],
  ["keeps a row of the page in sight", { type: "page", direction: 1 }, {}, select(69)],
  ["finds the last row", { type: "last" }, {}, select(99)],
  ["selects nothing in an empty list", { type: "last" }, { rows: 0 }, undefined],
  [
    "closes what is open",
    { type: "collapseOrParent" },
    { row: { level: 3, expanded: true } },
    { type: "expand", expanded: false },
  ],
  ["goes to the parent of what is closed", { type: "collapseOrParent" }, {}, select(47)],
  [
    "goes up towards a parent that is not known",
    { type: "collapseOrParent" },
    { parent: undefined },
    select(10),
  ],
  [
    "leaves a root alone",
    { type: "collapseOrParent" },
    { row: { level: 1, expanded: undefined } },
    undefined,
  ],
  [
    "opens what is closed",
    { type: "expandOrChild" },
    { row: { level: 3, expanded: false } },
    { type: "expand", expanded: true },
  ],
  ["goes to the first child", { type: "expandOrChild" }, { row: { level: 3, expanded: true } }, select(51)],
  ["has no child to go to", { type: "expandOrChild" }, {}, undefined],
  ["opens nothing before the row is known", { type: "expandOrChild" }, { row: undefined }, undefined],
  ["asks for the details", { type: "details" }, {}, { type: "ask", what: "details" }],
])("%s", (_, intent, place, step) => {
  expect(treeStep(intent, { ...PLACE, ...place })).toEqual(step);
});
