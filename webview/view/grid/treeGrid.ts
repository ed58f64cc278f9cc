import { Virtualizer } from "@tanstack/virtual-core";
import type { Column, TimeFormat } from "../../../protocol/webviewMessages.ts";
import type { FromWorker, Row, RowWindow, ToWorker } from "../../worker/workerMessages.ts";
import { element } from "../element.ts";
import { FrameScheduler } from "../frameScheduler.ts";
import { HeaderRow } from "./headerRow.ts";
import type { Widths } from "./headerRow.ts";
import { RowCache } from "./rowCache.ts";
import { moveMenuToRow } from "./rowMenu.ts";
import { rowIdOf, rowIndexOf } from "./rowOfEvent.ts";
import { rowElementId } from "./rowView.ts";
import type { RowContext } from "./rowView.ts";
import { RowViews } from "./rowViews.ts";
import { ScrollAnchors } from "./scrollAnchors.ts";
import {
  isAtEnd,
  listTop,
  moveTo,
  NO_PAGE,
  pageRows,
  ROW_HEIGHT,
  scrolled,
  withRows,
} from "./scrollPages.ts";
import type { ScrollPage } from "./scrollPages.ts";
import { treeIntent } from "./treeKeys.ts";
import type { TreeIntent } from "./treeKeys.ts";
import { treeStep } from "./treeStep.ts";
import { t } from "../../../protocol/text/translate.ts";

const HEADER_HEIGHT = 24;
/** Rows made beyond the screen at each end. */
const OVERSCAN = 12;
/** Rows asked for beyond those that are made, so that a short scroll shows rows at once. */
const MARGIN = 40;

/** What the tree tells the view. */
export interface TreeGridEvents {
  readonly post: (message: ToWorker) => void;
  readonly selected: (row: Row | undefined) => void;
  readonly following: (following: boolean) => void;
  readonly resized: (widths: Widths) => void;
  /** The user asks for what the tree does not do itself. */
  readonly asked: (what: "details" | "filter" | "leave") => void;
}

/** The rows as the tree shows them. */
export interface TreeLook {
  readonly columns: readonly Column[];
  readonly widths: Widths;
  readonly timeFormat: TimeFormat;
}

type Rows = Extract<FromWorker, { readonly type: "rows" }>;

/** The process tree: a grid of any length, of which only the rows on the screen exist. */
export class TreeGrid {
  readonly element = element("div", "tree", {
    attributes: {
      role: "treegrid",
      tabindex: "0",
      "aria-label": t("Processes"),
      "aria-rowcount": "1",
      "aria-colcount": "1",
    },
  });
  readonly #body = element("div", "body", { attributes: { role: "rowgroup" } });
  readonly #header: HeaderRow;
  readonly #events: TreeGridEvents;
  readonly #frames = new FrameScheduler(() => {
    this.#paint();
  });
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  readonly #cache = new RowCache();
  readonly #views = new RowViews(this.#body);
  #page: ScrollPage = NO_PAGE;
  /** Where the element is scrolled to, as far as it was set or told: reading it has the browser lay out the page. */
  #shownTop = 0;
  /** Row at the top of the screen in the frame before. */
  #paintedTop = 0;
  #following = true;
  #selected: { readonly row: number | undefined; readonly index: number } | undefined;
  #asked: RowWindow | undefined;
  #waiting = false;
  readonly #anchors = new ScrollAnchors();
  #look: TreeLook = { columns: [], widths: {}, timeFormat: "local" };
  #plain: RowContext = { columns: [], timeFormat: "local", nowMs: 0, selected: false };
  #picked: RowContext = { ...this.#plain, selected: true };

  constructor(events: TreeGridEvents) {
    this.#events = events;
    this.#header = new HeaderRow((widths) => {
      this.#header.applyTo(this.element);
      events.resized(widths);
    });
    this.element.append(
      element("div", "head", { attributes: { role: "rowgroup" } }, [this.#header.element]),
      this.#body,
    );
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
      count: 0,
      getScrollElement: () => this.element,
      estimateSize: () => ROW_HEIGHT,
      overscan: OVERSCAN,
      scrollToFn: (offset) => {
        this.element.scrollTop = offset;
        this.#shownTop = offset;
      },
      observeElementRect: (_, report) => this.#observeSize(report),
      observeElementOffset: (_, report) => this.#observeScroll(report),
      onChange: () => {
        this.#frames.request();
      },
    });
    this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
    this.element.addEventListener("click", (event) => {
      this.#click(event);
    });
    this.element.addEventListener("dblclick", (event) => {
      if (rowIdOf(event) !== undefined) events.asked("details");
    });
    this.element.addEventListener("contextmenu", (event) => {
      const index = rowIndexOf(event);
      if (index !== undefined) this.#select(index);
      else if (this.#selected !== undefined)
        moveMenuToRow(event, this.#views.at(this.#selected.index)?.element);
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.target !== this.element) return;
      const intent = treeIntent(event);
      if (intent === undefined) return;
      event.preventDefault();
      this.#do(intent);
    });
  }

  /** Rows are painted with this from the next frame on. */
  setLook(look: TreeLook, nowMs: number): void {
    const sameColumns = look.columns === this.#look.columns && look.timeFormat === this.#look.timeFormat;
    this.#look = look;
    const { columns, timeFormat } = look;
    this.#plain = { columns, timeFormat, nowMs, selected: false };
    this.#picked = { ...this.#plain, selected: true };
    if (!sameColumns) this.#header.show(columns, look.widths, timeFormat);
    this.#header.applyTo(this.element);
    this.element.setAttribute("aria-colcount", String(columns.length + 1));
    this.#frames.request();
  }

  /** Takes what the model told; what the user reads stays where it is. */
  setRows(message: Rows): void {
    if (message.window === this.#asked || sameWindow(message.window, this.#asked)) this.#waiting = false;
    this.#cache.set(message.first, message.rows);
    const moved = this.#following ? 0 : this.#anchors.moved(message.window.anchor, message.anchorIndex);
    const page = withRows(this.#page, message.visibleRows);
    if (this.#following) this.#setPage(moveTo(page, Infinity));
    else this.#setPage(moved === 0 ? page : moveTo(page, listTop(page) + moved * ROW_HEIGHT));
    this.#followSelection(moved);
    this.element.setAttribute("aria-rowcount", String(message.visibleRows + 1));
    this.#frames.request();
  }

  /** A hidden tree is not painted, and asks for nothing. */
  setHidden(hidden: boolean): void {
    this.#waiting = false;
    this.#asked = undefined;
    this.#frames.setHidden(hidden);
    this.#frames.request();
  }

  get following(): boolean {
    return this.#following;
  }

  /** Following shows the newest row whenever there is one. */
  setFollowing(following: boolean): void {
    if (following) this.#setPage(moveTo(this.#page, Infinity));
    if (following === this.#following) return;
    this.#following = following;
    this.#events.following(following);
    this.#frames.request();
  }

  /** Selects the row at `index` and brings it to the screen. */
  goTo(index: number): void {
    this.setFollowing(false);
    this.#select(index);
    this.#bringIn(index);
  }

  get selectedRow(): Row | undefined {
    return this.#selected === undefined ? undefined : this.#cache.at(this.#selected.index);
  }

  clearSelection(): void {
    this.#selected = undefined;
    this.#events.selected(undefined);
    this.#frames.request();
  }

  #observeSize(report: (rect: { width: number; height: number }) => void): () => void {
    const measure = (): void => {
      const height = this.#bodyHeight();
      const selected = this.#selected?.index;
      const wasSeen = selected !== undefined && this.#isSeen(selected);
      this.#page = { ...this.#page, height };
      if (this.#following) this.#setPage(moveTo(this.#page, Infinity));
      // The details that open below it must not cover the row that they are of.
      else if (wasSeen) this.#bringIn(selected);
      report({ width: this.element.clientWidth, height });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(this.element);
    measure();
    return () => {
      observer.disconnect();
    };
  }

  #observeScroll(report: (offset: number, scrolling: boolean) => void): () => void {
    const listen = (): void => {
      const { scrollTop } = this.element;
      if (Math.abs(scrollTop - this.#shownTop) >= 1) {
        this.#shownTop = scrollTop;
        // A tree that grew is scrolled before its size is told: that is not the user's doing.
        const height = this.#bodyHeight();
        this.#setPage(scrolled({ ...this.#page, height }, scrollTop));
        const atEnd = isAtEnd(this.#page);
        if (atEnd !== this.#following) {
          this.#following = atEnd;
          this.#events.following(atEnd);
        }
      }
      report(this.#page.scrollTop, false);
      this.#frames.request();
    };
    this.element.addEventListener("scroll", listen, { passive: true });
    report(0, false);
    return () => {
      this.element.removeEventListener("scroll", listen);
    };
  }

  #bodyHeight(): number {
    return Math.max(0, this.element.clientHeight - HEADER_HEIGHT);
  }

  #setPage(page: ScrollPage): void {
    this.#page = page;
    this.#frames.request();
  }

  /** Once a frame, since each of these has the browser lay out the page. */
  #applyPage(): void {
    const rows = pageRows(this.#page);
    if (rows !== this.#virtualizer.options.count) {
      this.#virtualizer.setOptions({ ...this.#virtualizer.options, count: rows });
      this.#body.style.height = `${rows * ROW_HEIGHT}px`;
    }
    if (Math.abs(this.#shownTop - this.#page.scrollTop) < 1) return;
    this.element.scrollTop = this.#page.scrollTop;
    this.#shownTop = this.#page.scrollTop;
  }

  /** After a jump all rows are to be made: those that nobody sees yet come in the frame after, unless there is another jump. */
  #chooseOverscan(): void {
    const top = listTop(this.#page) / ROW_HEIGHT;
    const overscan = Math.abs(top - this.#paintedTop) > OVERSCAN ? 0 : OVERSCAN;
    this.#paintedTop = top;
    if (overscan !== this.#virtualizer.options.overscan)
      this.#virtualizer.setOptions({ ...this.#virtualizer.options, overscan });
    if (overscan === 0) this.#frames.request();
  }

  #followSelection(moved: number): void {
    const selected = this.#selected;
    if (selected === undefined) return;
    if (selected.row === undefined) {
      const row = this.#cache.at(selected.index);
      if (row !== undefined) this.#select(selected.index);
    } else {
      const index = this.#cache.indexOf(selected.row) ?? selected.index + moved;
      if (index !== selected.index) this.#selected = { row: selected.row, index };
    }
  }

  #paint(): void {
    this.#applyPage();
    this.#chooseOverscan();
    const { base, rows } = this.#page;
    this.#virtualizer.scrollOffset = this.#page.scrollTop;
    const items = this.#virtualizer.getVirtualItems();
    const first = base + (items[0]?.index ?? 0);
    const last = base + (items.at(-1)?.index ?? -1);
    this.#views.show(first, Math.min(last, rows - 1), (view, index) => {
      const top = (index - base) * ROW_HEIGHT;
      const row = this.#cache.at(index);
      if (row === undefined) view.showPending(top);
      else view.show(row, index, top, row.id === this.#selected?.row ? this.#picked : this.#plain);
    });
    this.#markActive();
    this.#ask();
  }

  #markActive(): void {
    const row = this.#selected?.row;
    const view = this.#selected === undefined ? undefined : this.#views.at(this.#selected.index);
    if (row !== undefined && view?.element.id === rowElementId(row)) {
      this.element.setAttribute("aria-activedescendant", view.element.id);
    } else {
      this.element.removeAttribute("aria-activedescendant");
    }
  }

  /** Asks for the rows around the screen; one question at a time. */
  #ask(): void {
    if (this.#waiting) return;
    const top = Math.floor(listTop(this.#page) / ROW_HEIGHT);
    const count = Math.ceil(this.#page.height / ROW_HEIGHT) + 2 * MARGIN;
    const first = Math.max(0, top - MARGIN);
    const anchor = this.#following ? undefined : this.#cache.at(top);
    const window: RowWindow = { first, count, anchor: anchor?.id };
    if (sameWindow(window, this.#asked)) return;
    this.#asked = window;
    this.#waiting = true;
    this.#anchors.asked(anchor?.id, top);
    this.#events.post({ type: "window", window });
  }

  #select(index: number): void {
    const row = this.#cache.at(index);
    this.#selected = { row: row?.id, index };
    if (row !== undefined) this.#events.selected(row);
    this.#frames.request();
  }

  #isSeen(index: number): boolean {
    const top = listTop(this.#page);
    return index * ROW_HEIGHT >= top && (index + 1) * ROW_HEIGHT <= top + this.#page.height;
  }

  #bringIn(index: number): void {
    const top = listTop(this.#page);
    const { height } = this.#page;
    const rowTop = index * ROW_HEIGHT;
    if (rowTop < top) this.#setPage(moveTo(this.#page, rowTop));
    else if (rowTop + ROW_HEIGHT > top + height)
      this.#setPage(moveTo(this.#page, rowTop + ROW_HEIGHT - height));
    this.#frames.request();
  }

  #click(event: MouseEvent): void {
    const target = event.target as Element;
    const goTo = target.closest<HTMLElement>("[data-go-to]")?.dataset["goTo"];
    if (goTo !== undefined) {
      this.#events.post({ type: "reveal", row: Number(goTo) });
      return;
    }
    const index = rowIndexOf(event);
    if (index === undefined) return;
    this.setFollowing(false);
    this.#select(index);
    const row = this.#cache.at(index);
    if (target.closest(".twistie") !== null && row?.expanded !== undefined) this.#expand(row, !row.expanded);
  }

  #expand(row: Row, expanded: boolean): void {
    this.setFollowing(false);
    this.#events.post({ type: "expand", row: row.id, expanded });
  }

  #do(intent: TreeIntent): void {
    const row = this.selectedRow;
    const selected = this.#selected?.index;
    const step = treeStep(intent, {
      selected,
      row: row === undefined ? undefined : { level: row.level, expanded: row.expanded },
      parent: selected === undefined ? undefined : this.#cache.parentOf(selected),
      firstOnScreen: Math.ceil(listTop(this.#page) / ROW_HEIGHT),
      rowsOnScreen: Math.floor(this.#page.height / ROW_HEIGHT),
      rows: this.#page.rows,
    });
    switch (step?.type) {
      case undefined:
        return;
      case "select":
        this.#moveTo(step.index);
        return;
      case "expand":
        if (row !== undefined) this.#expand(row, step.expanded);
        return;
      case "expandBelow":
        if (row !== undefined) this.#events.post({ type: "expandAll", row: row.id, expanded: true });
        return;
      case "toggleFollowing":
        this.setFollowing(!this.#following);
        return;
      case "ask":
        this.#events.asked(step.what);
        return;
    }
  }

  #moveTo(index: number): void {
    if (this.#following && index < this.#page.rows - 1) this.setFollowing(false);
    this.#select(index);
    this.#bringIn(index);
  }
}

function sameWindow(one: RowWindow, other: RowWindow | undefined): boolean {
  return one.first === other?.first && one.count === other.count && one.anchor === other.anchor;
}
