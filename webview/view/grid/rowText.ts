import { toVisibleString } from "../../hostileText.ts";
import { formatCount } from "../numberText.ts";
import { lossText } from "./lossText.ts";
import type { FoldRow, GroupRow, Row } from "../../worker/workerMessages.ts";

/** `cc ×1,842`, hostile as the program's name is. */
export function foldText(row: FoldRow | GroupRow): string {
  return `${row.type === "fold" ? row.program : row.name} ×${formatCount(row.count)}`;
}

/** What a row is called where there is room for a line only; shows what would hide. */
export function rowLabel(row: Row): string {
  switch (row.type) {
    case "exec":
      return toVisibleString(row.command, 200);
    case "fold":
    case "group":
      return toVisibleString(foldText(row), 200);
    case "loss":
      return toVisibleString(lossText(row), 200);
  }
}
