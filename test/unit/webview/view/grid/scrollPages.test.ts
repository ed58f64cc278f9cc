import { describe, expect, it } from "vitest";
import {
  isAtEnd,
  listTop,
  MAX_PAGE_ROWS,
  moveTo,
  NO_PAGE,
  pageRows,
  ROW_HEIGHT,
  scrolled,
  withRows,
} from "../../../../../webview/view/grid/scrollPages.ts";

const HEIGHT = 440;
const short = { ...NO_PAGE, rows: 1_000, height: HEIGHT };
const long = { ...NO_PAGE, rows: 3_000_000, height: HEIGHT };

describe("scrollPages", () => {
  it("is the element's own scrolling for lists that fit", () => {
    expect(listTop(scrolled(short, 5_000))).toBe(5_000);
  });

  it("keeps the element lower than any browser's limit", () => {
    expect(pageRows(long)).toBe(MAX_PAGE_ROWS);
  });

  it.each([
    ["short", short],
    ["long", long],
  ])("reaches the very last row of a %s list, and the first again", (_name, page) => {
    const end = moveTo(page, Infinity);
    expect(listTop(end) + HEIGHT).toBe(page.rows * ROW_HEIGHT);
    expect(isAtEnd(end)).toBe(true);
    const start = moveTo(end, 0);
    expect(listTop(start)).toBe(0);
    expect(start.scrollTop).toBe(0);
  });

  it.each([100, 1_234_567, 33_000_000, 65_999_000])("goes exactly to %i pixels of a long list", (top) => {
    expect(listTop(moveTo(long, top))).toBe(top);
  });

  it("moves pixel by pixel on a short scroll, and never gets stuck at the element's edge", () => {
    let page = moveTo(long, 30_000_000);
    for (let step = 0; step < 30_000; step++) {
      const before = listTop(page);
      page = scrolled(page, page.scrollTop + 300);
      expect(listTop(page)).toBe(before + 300);
    }
  });

  it("goes to the same share of the list when the scroll bar is dragged", () => {
    const maxTop = MAX_PAGE_ROWS * ROW_HEIGHT - HEIGHT;
    const half = scrolled(long, maxTop / 2);
    expect(listTop(half) / (long.rows * ROW_HEIGHT)).toBeCloseTo(0.5, 3);
    expect(isAtEnd(scrolled(long, maxTop))).toBe(true);
  });

  it("stays where it is when rows come at the end, also across the limit", () => {
    const page = moveTo({ ...short, rows: MAX_PAGE_ROWS }, 100_000);
    expect(listTop(withRows(page, MAX_PAGE_ROWS + 50_000))).toBe(100_000);
  });

  it("moves up when so many rows go that the place is no more", () => {
    expect(listTop(withRows(moveTo(short, Infinity), 10))).toBe(0);
  });
});
