/** Where the screen is in a list that may be longer than an element can be high. */
export interface ScrollPage {
  /** All rows of the list. */
  readonly rows: number;
  /** Row at the top of the element: `base + scrollTop / rowHeight` is the row at the top of the screen. */
  readonly base: number;
  readonly scrollTop: number;
  /** Height of the screen, in pixels. */
  readonly height: number;
}

/** Height of every row, in pixels. */
export const ROW_HEIGHT = 22;

/** Rows that the element is high at most: 4.4 million pixels, which every browser can lay out exactly. */
export const MAX_PAGE_ROWS = 200_000;

/** An empty list. */
export const NO_PAGE: ScrollPage = { rows: 0, base: 0, scrollTop: 0, height: 0 };

/** Rows that the element is high now. */
export function pageRows(page: ScrollPage): number {
  return Math.min(page.rows, MAX_PAGE_ROWS);
}

/** Distance from the top of the list to the top of the screen, in pixels. */
export function listTop(page: ScrollPage): number {
  return page.base * ROW_HEIGHT + page.scrollTop;
}

/** Whether the last row is on the screen, or would be but for a part of a row. */
export function isAtEnd(page: ScrollPage): boolean {
  return listTop(page) + page.height >= (page.rows - 1) * ROW_HEIGHT + ROW_HEIGHT / 2;
}

/** Brings a place of the list, in pixels from its top, to the top of the screen, as far as there are rows below it. */
export function moveTo(page: ScrollPage, top: number): ScrollPage {
  const wanted = clamp(top, 0, Math.max(0, page.rows * ROW_HEIGHT - page.height));
  const spare = page.rows - pageRows(page);
  if (spare === 0) return { ...page, base: 0, scrollTop: wanted };
  const maxTop = pageRows(page) * ROW_HEIGHT - page.height;
  const reach = page.rows * ROW_HEIGHT - page.height;
  const base = clamp(Math.round(spare * (wanted / reach)), 0, spare);
  return { ...page, base, scrollTop: clamp(wanted - base * ROW_HEIGHT, 0, maxTop) };
}

/**
 * The user scrolled the element to `scrollTop`. A short way moves by as many pixels; a jump, as of the scroll bar,
 * goes to that share of the list. The element's own position must become the result's.
 */
export function scrolled(page: ScrollPage, scrollTop: number): ScrollPage {
  const spare = page.rows - pageRows(page);
  if (spare === 0) return { ...page, base: 0, scrollTop };
  const maxTop = pageRows(page) * ROW_HEIGHT - page.height;
  if (Math.abs(scrollTop - page.scrollTop) > Math.max(page.height * 2, 1_000)) {
    return moveTo(page, (scrollTop / maxTop) * (page.rows * ROW_HEIGHT - page.height));
  }
  const moved = { ...page, scrollTop };
  const nearEdge =
    (scrollTop < page.height && page.base > 0) || (scrollTop > maxTop - page.height && page.base < spare);
  return nearEdge ? moveTo(moved, listTop(moved)) : moved;
}

/** The list has another length; what was on the screen stays there. */
export function withRows(page: ScrollPage, rows: number): ScrollPage {
  return moveTo({ ...page, rows }, listTop(page));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
