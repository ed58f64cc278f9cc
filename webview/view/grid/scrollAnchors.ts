/** Rows at the top of the screen that the model was asked to keep track of: the last two, as answers come late. */
export class ScrollAnchors {
  #anchors: readonly { readonly row: number; readonly index: number }[] = [];

  /** The row at the top of the screen when the model was asked; undefined while following. */
  asked(row: number | undefined, index: number): void {
    this.#anchors = [
      ...this.#anchors.filter((anchor) => anchor.row !== row).slice(-1),
      ...(row === undefined ? [] : [{ row, index }]),
    ];
  }

  /** How many rows further down an anchor is now; all other known places move by as many. */
  moved(row: number | undefined, index: number | undefined): number {
    const anchor = this.#anchors.find((known) => known.row === row);
    if (anchor === undefined || index === undefined) return 0;
    const moved = index - anchor.index;
    this.#anchors = this.#anchors.map((known) => ({ row: known.row, index: known.index + moved }));
    return moved;
  }
}
