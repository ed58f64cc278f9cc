import type { ExecKey } from "./execKey.ts";
import { hashOf, RowIndex } from "./rowIndex.ts";
import type { RowTable } from "./rowTable.ts";
import { NONE } from "./rowTable.ts";

/** Finds rows by what identifies an exec: where it was told, its process, and its number among that one's execs. */
export class ExecRegister {
  readonly #rows: RowTable;
  readonly #execs = new RowIndex();
  /** By the latest exec of each process. */
  readonly #processes = new RowIndex();
  readonly #origins = new Map<string, number>();

  constructor(rows: RowTable) {
    this.#rows = rows;
  }

  /** A number for a source, NUL, and the boot of the node that its ids belong to. */
  originOf(scope: string): number {
    const known = this.#origins.get(scope);
    if (known !== undefined) return known;
    this.#origins.set(scope, this.#origins.size);
    return this.#origins.size - 1;
  }

  /** The numbers of all that one source told of. */
  originsOf(source: string): ReadonlySet<number> {
    const origins = [...this.#origins].filter(([scope]) => scope.startsWith(`${source}\0`));
    return new Set(origins.map(([, origin]) => origin));
  }

  /** Notes whose exec a row is. */
  identify(row: number, within: number, key: ExecKey): void {
    const { origin, pid, startHigh, startLow, execNumber } = this.#rows;
    origin.set(row, within);
    pid.set(row, key.pid);
    startHigh.set(row, key.startHigh);
    startLow.set(row, key.startLow);
    execNumber.set(row, key.number);
    this.#execs.add(row, hashOf(within, key.pid, key.startHigh, key.startLow, key.number));
  }

  /** The row is its process's latest exec now, in the place of `before`. */
  setLatest(row: number, before = NONE): void {
    const { origin, pid, startHigh, startLow } = this.#rows;
    if (before !== NONE) this.#processes.remove(before);
    this.#processes.add(
      row,
      hashOf(origin.get(row), pid.get(row), startHigh.get(row), startLow.get(row), NONE),
    );
  }

  /** The row goes. */
  forget(row: number): void {
    this.#execs.remove(row);
  }

  /** The row goes, and was the latest exec of its process; with `before` that one is now. */
  forgetLatest(row: number, before: number): void {
    this.#processes.remove(row);
    if (before !== NONE) this.setLatest(before);
  }

  /** The row of an exec, or `NONE`. */
  find(within: number, key: ExecKey): number {
    let row = this.#execs.first(hashOf(within, key.pid, key.startHigh, key.startLow, key.number));
    while (row !== NONE) {
      if (this.#isOf(row, within, key) && this.#rows.execNumber.get(row) === key.number) return row;
      row = this.#execs.after(row);
    }
    return NONE;
  }

  /** The row of a process's latest exec, or `NONE`. */
  latestOf(within: number, key: ExecKey): number {
    let row = this.#processes.first(hashOf(within, key.pid, key.startHigh, key.startLow, NONE));
    while (row !== NONE && !this.#isOf(row, within, key)) row = this.#processes.after(row);
    return row;
  }

  #isOf(row: number, within: number, key: ExecKey): boolean {
    const { origin, pid, startHigh, startLow } = this.#rows;
    return (
      pid.get(row) === key.pid &&
      startLow.get(row) === key.startLow &&
      startHigh.get(row) === key.startHigh &&
      origin.get(row) === within
    );
  }
}
