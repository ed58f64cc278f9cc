import type { TreeIntent } from "./treeKeys.ts";

/** Where the keyboard is in the tree; places are indexes of the list. */
export interface TreePlace {
  readonly selected: number | undefined;
  /** Undefined while the selected row is not known. */
  readonly row: { readonly level: number; readonly expanded: boolean | undefined } | undefined;
  /** Place of the selected row's parent, as far as the rows around it are known. */
  readonly parent: number | undefined;
  readonly firstOnScreen: number;
  readonly rowsOnScreen: number;
  readonly rows: number;
}

/** What a key does to the tree. */
export type TreeStep =
  | { readonly type: "select"; readonly index: number }
  | { readonly type: "expand"; readonly expanded: boolean }
  | { readonly type: "expandBelow" }
  | { readonly type: "toggleFollowing" }
  | { readonly type: "ask"; readonly what: "details" | "filter" | "leave" };

/** Far above what is known: the top of what is known is on the way. */
const STEP_TO_UNKNOWN_PARENT = 40;

/** What the tree is to do at this place; undefined: nothing. */
export function treeStep(intent: TreeIntent, place: TreePlace): TreeStep | undefined {
  const { selected, row, rows, firstOnScreen } = place;
  switch (intent.type) {
    case "move":
      return select(selected === undefined ? firstOnScreen : selected + intent.by, rows);
    case "page": {
      // A row stays in sight, so that the eye finds its way.
      const page = Math.max(1, place.rowsOnScreen - 1);
      return select((selected ?? firstOnScreen) + intent.direction * page, rows);
    }
    case "first":
      return select(0, rows);
    case "last":
      return select(rows - 1, rows);
    case "collapseOrParent":
      if (row === undefined || selected === undefined) return undefined;
      if (row.expanded === true) return { type: "expand", expanded: false };
      return row.level > 1 ? select(place.parent ?? selected - STEP_TO_UNKNOWN_PARENT, rows) : undefined;
    case "expandOrChild":
      if (row === undefined || selected === undefined) return undefined;
      if (row.expanded === false) return { type: "expand", expanded: true };
      return row.expanded === true ? select(selected + 1, rows) : undefined;
    case "expandSiblings":
      return row === undefined ? undefined : { type: "expandBelow" };
    case "follow":
      return { type: "toggleFollowing" };
    case "details":
    case "filter":
    case "leave":
      return { type: "ask", what: intent.type };
  }
}

function select(index: number, rows: number): TreeStep | undefined {
  return rows === 0 ? undefined : { type: "select", index: Math.min(Math.max(index, 0), rows - 1) };
}
