import { NONE } from "./rowTable.ts";
import type { RowTable } from "./rowTable.ts";

const MIN_WAITING = 10_000;

/** Execs whose parents have not come yet, by what names the parent. */
export class WaitingChildren {
  readonly #rows: RowTable;
  #byParent = new Map<string, number[]>();
  #count = 0;

  constructor(rows: RowTable) {
    this.#rows = rows;
  }

  add(parent: string, row: number): void {
    const ids = this.#byParent.get(parent);
    if (ids === undefined) this.#byParent.set(parent, [this.#rows.idOf(row)]);
    else ids.push(this.#rows.idOf(row));
    if (++this.#count > Math.max(MIN_WAITING, this.#rows.size * 2)) this.#forgetGone();
  }

  /** The rows that wait for this parent; they do so no longer. */
  take(parent: string): readonly number[] {
    const ids = this.#byParent.get(parent);
    if (ids === undefined) return [];
    this.#byParent.delete(parent);
    this.#count -= ids.length;
    return ids.map((id) => this.#rows.rowOf(id)).filter((row) => row !== NONE);
  }

  #forgetGone(): void {
    const kept = new Map<string, number[]>();
    this.#count = 0;
    for (const [parent, ids] of this.#byParent) {
      const alive = ids.filter((id) => this.#rows.rowOf(id) !== NONE);
      this.#count += alive.length;
      if (alive.length > 0) kept.set(parent, alive);
    }
    this.#byParent = kept;
  }
}
