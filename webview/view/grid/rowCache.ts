import type { Row } from "../../worker/workerMessages.ts";

/** The rows that the model told last, by their place in the list. */
export class RowCache {
  #first = 0;
  #rows: readonly Row[] = [];

  set(first: number, rows: readonly Row[]): void {
    this.#first = first;
    this.#rows = rows;
  }

  at(index: number): Row | undefined {
    return this.#rows[index - this.#first];
  }

  /** Undefined when the row is not among them. */
  indexOf(row: number): number | undefined {
    const at = this.#rows.findIndex(({ id }) => id === row);
    return at === -1 ? undefined : this.#first + at;
  }

  /** Place of the nearest row above `index` that is one level up; undefined when it is not among them. */
  parentOf(index: number): number | undefined {
    const level = this.at(index)?.level;
    if (level === undefined) return undefined;
    for (let above = index - 1; above >= this.#first; above--) {
      const row = this.at(above);
      if (row !== undefined && row.level < level) return above;
    }
    return undefined;
  }
}
