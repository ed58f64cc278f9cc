import { RowView } from "./rowView.ts";

/** The rows that exist in the page, by their place in the list; those that are scrolled away are used again. */
export class RowViews {
  readonly #body: HTMLElement;
  readonly #views = new Map<number, RowView>();
  readonly #spare: RowView[] = [];

  constructor(body: HTMLElement) {
    this.#body = body;
  }

  /** Undefined when the row at `index` is not in the page. */
  at(index: number): RowView | undefined {
    return this.#views.get(index);
  }

  /** Has the rows from `first` to `last`, both included, in the page and no others, and each filled by `fill`. */
  show(first: number, last: number, fill: (view: RowView, index: number) => void): void {
    for (const [index, view] of this.#views) {
      if (index >= first && index <= last) continue;
      this.#views.delete(index);
      this.#spare.push(view);
    }
    for (let index = first; index <= last; index++) {
      let view = this.#views.get(index);
      if (view === undefined) {
        view = this.#spare.pop() ?? new RowView();
        this.#views.set(index, view);
        if (!view.element.isConnected) this.#body.append(view.element);
      }
      fill(view, index);
    }
    for (const view of this.#spare) view.element.remove();
  }
}
