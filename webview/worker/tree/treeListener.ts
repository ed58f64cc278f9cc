/** Who is told of changes; a row has its place when it is told. */
export interface TreeListener {
  added(row: number): void;
  /** It ended, began to end, or became another program. */
  changed(row: number): void;
  /** It and what is below it hang somewhere else. */
  moved(row: number): void;
  /** It goes, and still has its place. */
  removed(row: number): void;
}

/** Passes on what happens to rows to who must know; made before them. */
export class TreeListeners implements TreeListener {
  readonly #listeners: TreeListener[] = [];

  listen(listener: TreeListener): void {
    this.#listeners.push(listener);
  }

  added(row: number): void {
    for (const listener of this.#listeners) listener.added(row);
  }

  changed(row: number): void {
    for (const listener of this.#listeners) listener.changed(row);
  }

  moved(row: number): void {
    for (const listener of this.#listeners) listener.moved(row);
  }

  removed(row: number): void {
    for (const listener of this.#listeners) listener.removed(row);
  }
}
