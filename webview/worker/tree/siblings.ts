import { FLAG, NONE } from "./rowTable.ts";
import type { RowTable } from "./rowTable.ts";

/** Rows that are looked at to find the place of one that comes late, before the order is left to `sort`. */
const MAX_STEPS = 64;

/** The children of rows and the roots, as lists in the order of time. */
export class Siblings {
  readonly #rows: RowTable;
  #firstRoot = NONE;
  #lastRoot = NONE;
  #rootsUnsorted = false;
  #unsorted: number[] = [];

  constructor(rows: RowTable) {
    this.#rows = rows;
  }

  get firstRoot(): number {
    return this.#firstRoot;
  }

  /** Puts `row` below `parent`, or among the roots for `NONE`; it must not be anywhere yet. */
  insert(row: number, parent: number): void {
    const { previous } = this.#rows;
    this.#rows.parent.set(row, parent);
    let before = this.#last(parent);
    let steps = 0;
    while (before !== NONE && this.compare(before, row) > 0) {
      if (++steps === MAX_STEPS) {
        before = this.#last(parent);
        this.#markUnsorted(parent);
        break;
      }
      before = previous.get(before);
    }
    this.#link(row, parent, before);
  }

  /** Takes `row` from its place. */
  remove(row: number): void {
    const { previous, next, parent: parents } = this.#rows;
    const parent = parents.get(row);
    const before = previous.get(row);
    const after = next.get(row);
    if (before === NONE) this.#setFirst(parent, after);
    else next.set(before, after);
    if (after === NONE) this.#setLast(parent, before);
    else previous.set(after, before);
    previous.set(row, NONE);
    next.set(row, NONE);
    parents.set(row, NONE);
  }

  /** Brings in order what `insert` left out of it. */
  sort(): void {
    if (this.#rootsUnsorted) this.#sortBelow(NONE);
    this.#rootsUnsorted = false;
    for (const parent of this.#unsorted) {
      if (!this.#rows.has(parent, FLAG.unsorted)) continue;
      this.#rows.unmark(parent, FLAG.unsorted);
      if (this.#rows.isUsed(parent)) this.#sortBelow(parent);
    }
    this.#unsorted = [];
  }

  /** By time; at the same time by identity, so that the order never depends on which came first. */
  compare(one: number, other: number): number {
    const { start, pid, startHigh, startLow, kind, line } = this.#rows;
    return (
      start.get(one) - start.get(other) ||
      kind.get(one) - kind.get(other) ||
      pid.get(one) - pid.get(other) ||
      startHigh.get(one) - startHigh.get(other) ||
      startLow.get(one) - startLow.get(other) ||
      (this.#rows.has(one, FLAG.identified) ? 0 : line.get(one) - line.get(other))
    );
  }

  #first(parent: number): number {
    return parent === NONE ? this.#firstRoot : this.#rows.firstChild.get(parent);
  }

  #last(parent: number): number {
    return parent === NONE ? this.#lastRoot : this.#rows.lastChild.get(parent);
  }

  #setFirst(parent: number, row: number): void {
    if (parent === NONE) this.#firstRoot = row;
    else this.#rows.firstChild.set(parent, row);
  }

  #setLast(parent: number, row: number): void {
    if (parent === NONE) this.#lastRoot = row;
    else this.#rows.lastChild.set(parent, row);
  }

  #link(row: number, parent: number, before: number): void {
    const { previous, next } = this.#rows;
    const after = before === NONE ? this.#first(parent) : next.get(before);
    previous.set(row, before);
    next.set(row, after);
    if (before === NONE) this.#setFirst(parent, row);
    else next.set(before, row);
    if (after === NONE) this.#setLast(parent, row);
    else previous.set(after, row);
  }

  #markUnsorted(parent: number): void {
    if (parent === NONE) {
      this.#rootsUnsorted = true;
      return;
    }
    if (this.#rows.has(parent, FLAG.unsorted)) return;
    this.#rows.mark(parent, FLAG.unsorted);
    this.#unsorted.push(parent);
  }

  #sortBelow(parent: number): void {
    const { next, previous } = this.#rows;
    const list: number[] = [];
    for (let row = this.#first(parent); row !== NONE; row = next.get(row)) list.push(row);
    list.sort((one, other) => this.compare(one, other));
    let before = NONE;
    for (const row of list) {
      previous.set(row, before);
      if (before === NONE) this.#setFirst(parent, row);
      else next.set(before, row);
      before = row;
    }
    if (before !== NONE) next.set(before, NONE);
    this.#setLast(parent, before);
  }
}
