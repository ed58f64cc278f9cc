const FIRST_LENGTH = 1_024;

/** Whole numbers by row, as many as are set; what was never set is 0. */
export class IntColumn {
  #array = new Int32Array(FIRST_LENGTH);

  get(row: number): number {
    return this.#array[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#array.length) {
      const array = new Int32Array(longer(row));
      array.set(this.#array);
      this.#array = array;
    }
    this.#array[row] = value;
  }

  /** Sets every row to `value`. */
  fill(value: number): void {
    this.#array.fill(value);
  }
}

/** As `IntColumn`, for fractions and times. */
export class FloatColumn {
  #array = new Float64Array(FIRST_LENGTH);

  get(row: number): number {
    return this.#array[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#array.length) {
      const array = new Float64Array(longer(row));
      array.set(this.#array);
      this.#array = array;
    }
    this.#array[row] = value;
  }
}

/** A third more than is needed: doubling would waste too much at a million rows. */
function longer(row: number): number {
  return Math.max(FIRST_LENGTH, Math.ceil((row + 1) * 1.35));
}
