import type { Column } from "../../../protocol/webviewMessages.ts";
import { MAX_CELL_TEXT, toVisibleString } from "../../hostileText.ts";
import type { Row } from "../../worker/workerMessages.ts";
import { cellOf, isNumeric } from "./columnTable.ts";
import type { CellContext } from "./columnTable.ts";
import { CommandCell, gridCell } from "./commandCell.ts";
import { element, setAttribute, setClass, showHostileText } from "../element.ts";
import { offeredActions } from "../offeredActions.ts";
import { sameContent } from "./sameContent.ts";
import { ROW_HEIGHT } from "./scrollPages.ts";

/** How the tree paints a row. */
export interface RowContext extends CellContext {
  readonly columns: readonly Column[];
  readonly selected: boolean;
}

/** Id of the element of a row, for `aria-activedescendant`. */
export function rowElementId(row: number): string {
  return `row-${row}`;
}

/**
 * One recycled row of the tree: made once, filled again and again. What has not changed is not touched, since the browser lays
 * out and paints anew what is: a further sibling changes every row's number of siblings, and nothing that is seen.
 */
export class RowView {
  readonly element = element("div", "row", { attributes: { role: "row" } });
  readonly #command = new CommandCell();
  /** Of the columns; as many as there were at most. */
  readonly #cells: HTMLElement[] = [];
  #row: Row | undefined;
  #context: RowContext | undefined;
  #top = NaN;

  constructor() {
    this.element.style.height = `${ROW_HEIGHT}px`;
  }

  /** Shows `row` at `top` pixels, as row `index` of all. */
  show(row: Row, index: number, top: number, context: RowContext): void {
    this.#moveTo(top);
    const known = sameContent(row, this.#row);
    const sameLook = this.#context !== undefined && isSameLook(context, this.#context);
    this.#row = row;
    this.#context = context;
    this.#place(row, index, context.selected);
    if (known && sameLook) return;
    if (!known) {
      this.#describe(row);
      this.#command.show(row);
    }
    this.#fillCells(row, context);
  }

  /** Shows that a row is there whose content is still on its way. */
  showPending(top: number): void {
    this.#moveTo(top);
    this.#row = undefined;
    setClass(this.element, "row pending");
    for (const name of ["id", "data-row", "data-index", "data-vscode-context"])
      setAttribute(this.element, name, undefined);
    this.#command.clear();
    this.element.replaceChildren(this.#command.element);
  }

  #moveTo(top: number): void {
    if (top === this.#top) return;
    this.#top = top;
    this.element.style.transform = `translateY(${top}px)`;
  }

  #place(row: Row, index: number, selected: boolean): void {
    const { element: target } = this;
    setClass(target, `row ${rowClasses(row)}${selected ? " selected" : ""}`);
    setAttribute(target, "data-index", String(index));
    setAttribute(target, "aria-posinset", String(row.positionInSet));
    setAttribute(target, "aria-setsize", String(row.setSize));
    setAttribute(target, "aria-rowindex", String(index + 2));
    setAttribute(target, "aria-selected", String(selected));
  }

  #describe(row: Row): void {
    const { element: target } = this;
    const { id, level, expanded } = row;
    setAttribute(target, "id", rowElementId(id));
    setAttribute(target, "data-row", String(id));
    setAttribute(target, "aria-level", String(level));
    setAttribute(target, "aria-expanded", expanded === undefined ? undefined : String(expanded));
    const context = {
      ...{ webviewSection: "row", row: id, rowActions: offeredActions(row).join(" ") },
      preventDefaultContextMenuItems: true,
    };
    setAttribute(target, "data-vscode-context", JSON.stringify(context));
  }

  #fillCells(row: Row, context: RowContext): void {
    const columns = row.type === "loss" ? [] : context.columns;
    const span = row.type === "loss" ? String(context.columns.length + 1) : undefined;
    setAttribute(this.#command.element, "aria-colspan", span);
    columns.forEach((column, at) => {
      fillCell((this.#cells[at] ??= gridCell()), row, column, context);
    });
    if (this.element.childElementCount === columns.length + 1) return;
    this.element.replaceChildren(this.#command.element, ...this.#cells.slice(0, columns.length));
  }
}

function isSameLook(one: RowContext, other: RowContext): boolean {
  return one.columns === other.columns && one.timeFormat === other.timeFormat && one.nowMs === other.nowMs;
}

function rowClasses(row: Row): string {
  const classes: string[] = [row.type];
  if (row.context) classes.push("context");
  if (row.type === "exec") {
    classes.push(row.running ? "running" : "finished");
    if (row.failed) classes.push("failed");
  }
  return classes.join(" ");
}

function fillCell(cell: HTMLElement, row: Row, column: Column, context: RowContext): void {
  const { text, tone, title } = cellOf(row, column, context);
  const numeric = isNumeric(column);
  setClass(cell, `cell${numeric ? " numeric" : ""}${tone === "" ? "" : ` ${tone}`}`);
  showHostileText(cell, text, MAX_CELL_TEXT);
  const ofText = numeric || text === "" ? undefined : toVisibleString(text, MAX_CELL_TEXT);
  setAttribute(cell, "title", title ?? ofText);
}
