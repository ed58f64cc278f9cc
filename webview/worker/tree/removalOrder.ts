const SHORTEN_FROM = 65_536;

/** In which order rows go when there are too many: the oldest first, and before them those whose turn was already. */
export class RemovalOrder {
  #order: number[] = [];
  #next = 0;
  readonly #ready: number[] = [];

  /** A new row, by its id. */
  add(id: number): void {
    this.#order.push(id);
  }

  /** A row can go whose turn came when it could not. */
  makeReady(id: number): void {
    this.#ready.push(id);
  }

  /** The id of the row whose turn it is; it may have gone already. Undefined: each has had its turn. */
  next(): number | undefined {
    const ready = this.#ready.pop();
    if (ready !== undefined) return ready;
    if (this.#next > SHORTEN_FROM && this.#next * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#next);
      this.#next = 0;
    }
    return this.#order[this.#next++];
  }
}
