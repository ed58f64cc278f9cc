import { MAX_ROW_TEXT } from "../../hostileText.ts";
import type { ExecRow, GroupRow, Row } from "../../worker/workerMessages.ts";
import { badgesOf } from "./badges.ts";
import { element, icon, showHostileText } from "../element.ts";
import { lossText } from "./lossText.ts";
import { foldText } from "./rowText.ts";
import { t } from "../../../protocol/text/translate.ts";

/** Deeper rows are no further to the right: the command must stay readable. */
const MAX_INDENT = 24;

const GROUP_ICONS: Readonly<Record<GroupRow["grouping"], string>> = {
  user: "person",
  workspace: "vm",
  caller: "terminal",
};

/** A cell of a row. */
export function gridCell(): HTMLElement {
  return element("div", "cell", { attributes: { role: "gridcell" } });
}

/** The first cell of a row: how deep it is in the tree, and what it is. Where only the text differs, only that is touched. */
export class CommandCell {
  readonly element = gridCell();
  #text = element("span", "text");
  /** Of what surrounds the text. */
  #shape = "";

  constructor() {
    this.element.classList.add("command");
  }

  show(row: Row): void {
    const shape = shapeOf(row);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.element.replaceChildren(...surrounded(row, this.#text));
    }
    showHostileText(this.#text, textOf(row), MAX_ROW_TEXT);
  }

  clear(): void {
    this.#shape = "";
    this.element.replaceChildren();
  }
}

function depthOf(row: Row): number {
  return Math.min(row.level - 1, MAX_INDENT);
}

function textOf(row: Row): string {
  switch (row.type) {
    case "exec":
      return row.command;
    case "fold":
    case "group":
      return foldText(row);
    case "loss":
      return lossText(row);
  }
}

/** The same for rows that differ in nothing but their text. */
function shapeOf(row: Row): string {
  const place = [row.type, depthOf(row), row.expanded];
  switch (row.type) {
    case "exec":
      return JSON.stringify([...place, row.running, row.became, badgesOf(row), row.likelyFrom]);
    case "group":
      return JSON.stringify([...place, row.grouping]);
    case "fold":
    case "loss":
      return JSON.stringify(place);
  }
}

function surrounded(row: Row, text: HTMLElement): readonly Node[] {
  const nodes: Node[] = [];
  for (let depth = depthOf(row); depth > 0; depth--) nodes.push(element("span", "guide"));
  const twistie = element("span", "twistie");
  if (row.expanded !== undefined) twistie.append(icon(row.expanded ? "chevron-down" : "chevron-right"));
  nodes.push(twistie);
  switch (row.type) {
    case "exec":
      return [...nodes, ...execContent(row, text)];
    case "fold":
      return [...nodes, icon("layers"), text];
    case "group":
      return [...nodes, icon(GROUP_ICONS[row.grouping]), text];
    case "loss":
      return [...nodes, icon("warning"), text];
  }
}

function execContent(row: ExecRow, text: HTMLElement): readonly Node[] {
  const nodes: Node[] = [];
  if (row.running) nodes.push(element("span", "running-dot", { title: t("running") }));
  if (row.became) nodes.push(element("span", "became", { text: `${t("↳ became")} ` }));
  nodes.push(text);
  for (const badge of badgesOf(row)) {
    nodes.push(element("span", `badge ${badge.tone}`, { text: badge.text, title: badge.title }));
  }
  if (row.likelyFrom !== undefined) {
    const likely = element("span", "likely", {
      title: t("A guess, by time and workspace: the exec that probably asked for this"),
    });
    showHostileText(likely, t("likely from {0}", row.likelyFrom.command), 60);
    likely.dataset["goTo"] = String(row.likelyFrom.row);
    nodes.push(likely);
  }
  return nodes;
}
