import { foldIdOf, parseFoldId } from "./foldId.ts";
import type { ProcessTree } from "./processTree.ts";
import { FLAG, NONE } from "./rowTable.ts";
import type { VisibleRows } from "../shown/visibleRows.ts";

/** Opens or closes the row or fold of this id; whether it is there. */
export function setExpanded(tree: ProcessTree, visible: VisibleRows, id: number, expanded: boolean): boolean {
  if (parseFoldId(id) !== undefined) {
    visible.openFold(id, expanded);
    return true;
  }
  const row = tree.rows.rowOf(id);
  if (row === NONE) return false;
  if (expanded) tree.rows.unmark(row, FLAG.collapsed);
  else tree.rows.mark(row, FLAG.collapsed);
  return true;
}

/** Opens or closes the row or fold of this id with everything below it; undefined: the whole tree. */
export function collapseBelow(
  tree: ProcessTree,
  visible: VisibleRows,
  id: number | undefined,
  expanded: boolean,
): void {
  const { rows } = tree;
  const set = (row: number): void => {
    if (expanded) rows.unmark(row, FLAG.collapsed);
    else rows.mark(row, FLAG.collapsed);
  };
  if (id === undefined) {
    visible.openAllFolds(expanded);
    for (let row = 0; row < rows.length; row++) set(row);
    return;
  }
  if (parseFoldId(id) !== undefined) {
    visible.openFold(id, expanded);
    return;
  }
  const top = rows.rowOf(id);
  const todo = top === NONE ? [] : [top];
  for (let row = todo.pop(); row !== undefined; row = todo.pop()) {
    set(row);
    for (let head = rows.firstChild.get(row); head !== NONE; head = rows.next.get(head)) {
      visible.openFold(foldIdOf(row, rows.program.get(head)), expanded);
      for (let exec = head; exec !== NONE; exec = rows.nextExec.get(exec)) todo.push(exec);
    }
  }
}

/** Opens all that the row is below. */
export function openAbove(tree: ProcessTree, row: number): void {
  for (let at = tree.parentOf(row); at !== NONE; at = tree.parentOf(at)) {
    tree.rows.unmark(at, FLAG.collapsed);
  }
}
