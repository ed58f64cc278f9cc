import { expect, it } from "vitest";
import { ROW_ACTIONS } from "../../../../protocol/webviewMessages.ts";
import { offeredActions } from "../../../../webview/view/offeredActions.ts";
import type { Row } from "../../../../webview/worker/workerMessages.ts";

it.each<[string, Partial<Row>, readonly string[]]>([
  ["everything on an exec", { type: "exec" }, ROW_ACTIONS],
  [
    "nothing on a fold that needs one exec",
    { type: "fold" },
    ["onlySubtree", "hideProgram", "filterUser", "filterWorkspace"],
  ],
  ["only places on a loss", { type: "loss" }, ["filterUser", "filterWorkspace"]],
  ["no workspace on a user's group", { type: "group", workspace: "" }, ["onlySubtree", "filterUser"]],
  ["nothing on a loss of nobody knows whom", { type: "loss", username: "", workspace: "" }, []],
])("offers %s", (_name, row, actions) => {
  expect(offeredActions({ username: "jessie", workspace: "main", ...row } as Row)).toEqual(actions);
});
