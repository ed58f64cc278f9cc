import type { RowAction } from "../protocol/webviewMessages.ts";
import { commandOf, programOf } from "./view/grid/execOfLine.ts";
import type { FullFilter } from "./view/filterChips.ts";
import { withUser, withWorkspace } from "./view/filterChips.ts";
import { rowLabel } from "./view/grid/rowText.ts";
import type { RowDetails } from "./worker/workerMessages.ts";

/** What an action on a row comes to: another filter, or a text for the clipboard. */
export type RowActionResult =
  { readonly type: "filter"; readonly filter: FullFilter } | { readonly type: "copy"; readonly text: string };

/** What `action` on that row means; undefined where the row has nothing that it could use. */
export function rowActionResult(
  action: RowAction,
  { row, summary, json }: RowDetails,
  full: FullFilter,
): RowActionResult | undefined {
  const { username, workspace } = summary;
  switch (action) {
    case "onlySubtree":
      return { type: "filter", filter: { ...full, subtree: { row, name: rowLabel(summary) } } };
    case "hideProgram": {
      const program = summary.type === "fold" ? summary.program : programOf(json);
      if (program === undefined || full.hidden.includes(program)) return undefined;
      return { type: "filter", filter: { ...full, hidden: [...full.hidden, program] } };
    }
    case "filterUser":
      if (username === "") return undefined;
      return { type: "filter", filter: { ...full, filter: withUser(full.filter, username) } };
    case "filterWorkspace":
      if (workspace === "") return undefined;
      return {
        type: "filter",
        filter: { ...full, filter: withWorkspace(full.filter, username, workspace) },
      };
    case "copyCommand":
      return { type: "copy", text: commandOf(json) ?? rowLabel(summary) };
    case "copyJson":
      return json === undefined ? undefined : { type: "copy", text: json };
  }
}
