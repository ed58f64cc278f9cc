import type { Column } from "../../protocol/webviewMessages.ts";
import { MAX_ROW_TEXT, toVisibleString } from "../hostileText.ts";
import type { ExecRow, GroupRow, Row } from "../worker/workerMessages.ts";
import { badgesOf } from "./badges.ts";
import { cellOf, columnInfo } from "./columnTable.ts";
import type { CellContext } from "./columnTable.ts";
import { element, icon, showHostileText } from "./element.ts";
import { lossText } from "./lossText.ts";
import { foldText } from "./rowText.ts";
import { sameRow } from "./sameRow.ts";
import { ROW_HEIGHT } from "./scrollPages.ts";

const MAX_CELL_TEXT = 300;
/** Deeper rows are no further to the right: the command must stay readable. */
const MAX_INDENT = 24;

const GROUP_ICONS: Readonly<Record<GroupRow["grouping"], string>> = {
  user: "person",
  workspace: "vm",
  caller: "terminal",
};

/** How the tree paints a row. */
export interface RowContext extends CellContext {
  readonly columns: readonly Column[];
  readonly selected: boolean;
}

/** Id of the element of a row, for `aria-activedescendant`. */
export function rowElementId(row: number): string {
  return `row-${row}`;
}

/** One recycled row of the tree: made once, filled again and again. */
export class RowView {
  readonly element = element("div", "row", { attributes: { role: "row" } });
  #row: Row | undefined;
  #context: RowContext | undefined;
  #index = -1;
  #top = NaN;

  /** Shows `row` at `top` pixels, as row `index` of all; what has not changed is not touched. */
  show(row: Row, index: number, top: number, context: RowContext): void {
    if (top !== this.#top) {
      this.#top = top;
      this.element.style.transform = `translateY(${top}px)`;
    }
    if (context === this.#context && index === this.#index && sameRow(row, this.#row)) return;
    this.#row = row;
    this.#context = context;
    this.#index = index;
    this.#describe(row, index, context.selected);
    const cells = [this.#commandCell(row)];
    if (row.type === "loss") cells[0]?.setAttribute("aria-colspan", String(context.columns.length + 1));
    else for (const column of context.columns) cells.push(dataCell(row, column, context));
    this.element.replaceChildren(...cells);
  }

  /** Shows that a row is there whose content is still on its way. */
  showPending(top: number): void {
    this.#row = undefined;
    this.#top = top;
    this.element.style.transform = `translateY(${top}px)`;
    this.element.className = "row pending";
    this.element.removeAttribute("id");
    this.element.replaceChildren(element("div", "cell command", { attributes: { role: "gridcell" } }));
  }

  #describe(row: Row, index: number, selected: boolean): void {
    const { element: target } = this;
    target.id = rowElementId(row.id);
    target.dataset["row"] = String(row.id);
    target.dataset["index"] = String(index);
    target.className = `row ${rowClasses(row)}${selected ? " selected" : ""}`;
    target.style.height = `${ROW_HEIGHT}px`;
    const aria: Record<string, string | undefined> = {
      "aria-level": String(row.level),
      "aria-posinset": String(row.positionInSet),
      "aria-setsize": String(row.setSize),
      "aria-rowindex": String(index + 2),
      "aria-selected": String(selected),
      "aria-expanded": row.expanded === undefined ? undefined : String(row.expanded),
    };
    for (const [name, value] of Object.entries(aria)) {
      if (value === undefined) target.removeAttribute(name);
      else target.setAttribute(name, value);
    }
    target.dataset["vscodeContext"] = JSON.stringify({
      webviewSection: "row",
      row: row.id,
      rowType: row.type,
      username: row.username,
      workspace: row.workspace,
      preventDefaultContextMenuItems: true,
    });
  }

  #commandCell(row: Row): HTMLElement {
    const cell = element("div", "cell command", { attributes: { role: "gridcell" } });
    const depth = Math.min(row.level - 1, MAX_INDENT);
    for (let level = 0; level < depth; level++) cell.append(element("span", "guide"));
    const twistie = element("span", "twistie");
    if (row.expanded !== undefined) twistie.append(icon(row.expanded ? "chevron-down" : "chevron-right"));
    cell.append(twistie, ...commandContent(row));
    return cell;
  }
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

function commandContent(row: Row): readonly Node[] {
  const text = element("span", "text");
  switch (row.type) {
    case "exec":
      return execContent(row, text);
    case "fold":
      showHostileText(text, foldText(row), MAX_ROW_TEXT);
      return [icon("layers"), text];
    case "group":
      showHostileText(text, foldText(row), MAX_ROW_TEXT);
      return [icon(GROUP_ICONS[row.grouping]), text];
    case "loss":
      showHostileText(text, lossText(row), MAX_ROW_TEXT);
      return [icon("warning"), text];
  }
}

function execContent(row: ExecRow, text: HTMLElement): readonly Node[] {
  const nodes: Node[] = [];
  if (row.running) nodes.push(element("span", "running-dot", { title: "running" }));
  if (row.became) nodes.push(element("span", "became", { text: "↳ became " }));
  showHostileText(text, row.command, MAX_ROW_TEXT);
  nodes.push(text);
  for (const badge of badgesOf(row)) {
    nodes.push(element("span", `badge ${badge.tone}`, { text: badge.text, title: badge.title }));
  }
  if (row.likelyFrom !== undefined) {
    const likely = element("span", "likely", {
      title: "A guess, by time and workspace: the exec that probably asked for this",
    });
    showHostileText(likely, `likely from ${row.likelyFrom.command}`, 60);
    likely.dataset["goTo"] = String(row.likelyFrom.row);
    nodes.push(likely);
  }
  return nodes;
}

function dataCell(row: Row, column: Column, context: RowContext): HTMLElement {
  const { text, tone, title } = cellOf(row, column, context);
  const { numeric } = columnInfo(column, context.timeFormat);
  const cell = element("div", `cell${numeric ? " numeric" : ""}${tone === "" ? "" : ` ${tone}`}`, {
    attributes: { role: "gridcell" },
  });
  showHostileText(cell, text, MAX_CELL_TEXT);
  if (title !== undefined) cell.title = title;
  else if (!numeric && text !== "") cell.title = toVisibleString(text, MAX_CELL_TEXT);
  return cell;
}
