import { ROW_ACTIONS } from "../../protocol/webviewMessages.ts";
import type { RowAction } from "../../protocol/webviewMessages.ts";
import type { Row } from "../worker/workerMessages.ts";

const OF_TYPE: Readonly<Record<Row["type"], readonly RowAction[]>> = {
  exec: ROW_ACTIONS,
  fold: ["onlySubtree", "hideProgram", "filterUser", "filterWorkspace"],
  group: ["onlySubtree", "filterUser", "filterWorkspace"],
  loss: ["filterUser", "filterWorkspace"],
};

/** The actions that have something to do on this row. */
export function offeredActions({ type, username, workspace }: Row): readonly RowAction[] {
  return OF_TYPE[type].filter((action) => {
    if (action === "filterUser") return username !== "";
    return action !== "filterWorkspace" || workspace !== "";
  });
}
