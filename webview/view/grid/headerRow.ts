import type { Column, TimeFormat } from "../../../protocol/webviewMessages.ts";
import { toWidth } from "../../viewState.ts";
import { columnInfo } from "./columnTable.ts";
import { element } from "../element.ts";
import { t } from "../../../protocol/text/translate.ts";

/** Widths that the user chose, in pixels. */
export type Widths = Readonly<Partial<Record<Column, number>>>;

const KEY_STEP = 10;
/** At least, in pixels. */
const COMMAND_WIDTH = 240;

/** The tree's column titles, with handles between them to drag, or to move with the arrow keys. */
export class HeaderRow {
  readonly element = element("div", "header", { attributes: { role: "row", "aria-rowindex": "1" } });
  readonly #resized: (widths: Widths) => void;
  #widths: Widths = {};
  #columns: readonly Column[] = [];
  #timeFormat: TimeFormat = "local";

  /** `resized` is told while the user drags. */
  constructor(resized: (widths: Widths) => void) {
    this.#resized = resized;
  }

  show(columns: readonly Column[], widths: Widths, timeFormat: TimeFormat): void {
    this.#columns = columns;
    this.#widths = widths;
    this.#timeFormat = timeFormat;
    const titles = columns.map((column) => this.#title(column));
    this.element.replaceChildren(
      element("div", "cell command", { text: t("Command"), attributes: { role: "columnheader" } }),
      ...titles,
    );
  }

  /** Tells the styles of `tree` the columns of its rows, and how wide these are at least. */
  applyTo(tree: HTMLElement): void {
    const widths = this.#columns.map((column) => this.#widthOf(column));
    const template = [`minmax(${COMMAND_WIDTH}px, 1fr)`, ...widths.map((width) => `${width}px`)];
    tree.style.setProperty("--columns", template.join(" "));
    tree.style.setProperty("--width", `${widths.reduce((sum, width) => sum + width, COMMAND_WIDTH)}px`);
  }

  #widthOf(column: Column): number {
    return this.#widths[column] ?? columnInfo(column, this.#timeFormat).width;
  }

  #title(column: Column): HTMLElement {
    const { title, numeric } = columnInfo(column, this.#timeFormat);
    const handle = element("span", "resize-handle", {
      attributes: {
        role: "separator",
        tabindex: "0",
        "aria-orientation": "vertical",
        "aria-label": t("Width of {0}", title),
        "aria-valuenow": String(this.#widthOf(column)),
      },
    });
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      const { clientX } = event;
      const width = this.#widthOf(column);
      handle.onpointermove = (moved) => {
        this.#resize(column, width + clientX - moved.clientX, handle);
      };
      handle.onpointerup = () => {
        handle.onpointermove = null;
      };
    });
    handle.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      event.stopPropagation();
      this.#resize(
        column,
        this.#widthOf(column) + (event.key === "ArrowLeft" ? KEY_STEP : -KEY_STEP),
        handle,
      );
    });
    return element("div", `cell${numeric ? " numeric" : ""}`, { attributes: { role: "columnheader" } }, [
      handle,
      element("span", "title", { text: title }),
    ]);
  }

  #resize(column: Column, width: number, handle: HTMLElement): void {
    this.#widths = { ...this.#widths, [column]: toWidth(width) };
    handle.setAttribute("aria-valuenow", String(this.#widthOf(column)));
    this.#resized(this.#widths);
  }
}
