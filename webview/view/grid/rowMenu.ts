/** Of a mouse. */
const RIGHT_BUTTON = 2;
/** From the row's left edge to the menu, in pixels. */
const INDENT = 24;

/**
 * The menu key means the selected row, but the browser opens the menu of what has the focus, which is the tree: opens
 * that of the row instead, where the row is. The right button means the place where it was pressed.
 */
export function moveMenuToRow(event: MouseEvent, row: HTMLElement | undefined): void {
  if (row === undefined || event.button === RIGHT_BUTTON || event.target !== event.currentTarget) return;
  event.preventDefault();
  event.stopPropagation();
  const { left, bottom } = row.getBoundingClientRect();
  const place = { clientX: left + INDENT, clientY: bottom };
  row.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, ...place }));
}
