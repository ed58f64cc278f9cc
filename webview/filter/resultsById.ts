const UNKNOWN = 0;
const NO = 1;
const YES = 2;

/** Yes or no by id, a byte each, so that each distinct text is looked at once. */
export class ResultsById {
  #results = new Uint8Array(1_024);

  /** Undefined where it was not set. */
  get(id: number): boolean | undefined {
    const result = this.#results[id] ?? UNKNOWN;
    return result === UNKNOWN ? undefined : result === YES;
  }

  /** Keeps `result`, and gives it back. */
  set(id: number, result: boolean): boolean {
    if (id >= this.#results.length) {
      const larger = new Uint8Array(Math.max(id + 1, this.#results.length * 2));
      larger.set(this.#results);
      this.#results = larger;
    }
    this.#results[id] = result ? YES : NO;
    return result;
  }
}
