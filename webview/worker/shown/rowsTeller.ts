import type { RowPainter } from "./rowPainter.ts";
import type { Layout, VisibleRows } from "./visibleRows.ts";
import type { FromWorker, ModelCounts, Row, RowWindow } from "../workerMessages.ts";

type RowsMessage = Extract<FromWorker, { readonly type: "rows" }>;

/** Tells the screen the rows of the window that it asked for; the window moves with its anchor. */
export class RowsTeller {
  readonly #visible: VisibleRows;
  readonly #painter: RowPainter;
  #window: RowWindow | undefined;
  /** Where the anchor was when it was asked for. */
  #anchorBefore: number | undefined;

  constructor(visible: VisibleRows, painter: RowPainter) {
    this.#visible = visible;
    this.#painter = painter;
  }

  setWindow(window: RowWindow): void {
    this.#window = window;
    this.#anchorBefore = this.#indexOf(window.anchor);
  }

  /** The rows; `stale` when one of them has gone since the last layout, undefined before the screen has asked. */
  rows(layout: Layout, counts: ModelCounts): RowsMessage | "stale" | undefined {
    const window = this.#window;
    if (window === undefined) return undefined;
    const anchorIndex = this.#indexOf(window.anchor);
    const moved =
      anchorIndex === undefined || this.#anchorBefore === undefined ? 0 : anchorIndex - this.#anchorBefore;
    const { length: visibleRows } = this.#visible;
    const first = Math.min(Math.max(0, window.first + moved), Math.max(0, visibleRows - window.count));
    const rows = this.#paint(first, Math.min(visibleRows, first + window.count), layout);
    if (rows === undefined) return "stale";
    return { type: "rows", window, first, rows, visibleRows, anchorIndex, counts };
  }

  #paint(first: number, end: number, layout: Layout): Row[] | undefined {
    const rows: Row[] = [];
    for (let index = first; index < end; index++) {
      const row = this.#painter.paint(index, layout);
      if (row === undefined) return undefined;
      rows.push(row);
    }
    return rows;
  }

  #indexOf(id: number | undefined): number | undefined {
    return id === undefined ? undefined : this.#visible.indexOf(id);
  }
}
