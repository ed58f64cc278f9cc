import { IntColumn } from "./columns.ts";

/** Keeps each different text once, with a value made of it, under a small number; counts who uses it. */
export class InternTable<Value> {
  readonly #ids = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #values: (Value | undefined)[] = [];
  readonly #uses = new IntColumn();
  #free: number[] = [];
  #released: number[] = [];
  #weight = 0;

  /** Numbers that wait for `recycle`. */
  get released(): number {
    return this.#released.length;
  }

  /** UTF-16 units of all texts in use. */
  get weight(): number {
    return this.#weight;
  }

  /** The number of `key`, which is used once more; `make` gives the value of a new one. */
  take(key: string, make: (key: string) => Value): number {
    const known = this.#ids.get(key);
    if (known !== undefined) {
      this.#uses.set(known, this.#uses.get(known) + 1);
      return known;
    }
    const id = this.#free.pop() ?? this.#keys.length;
    this.#ids.set(key, id);
    this.#weight += key.length;
    this.#keys[id] = key;
    this.#values[id] = make(key);
    this.#uses.set(id, 1);
    return id;
  }

  /** Uses it once less; after its last use and `recycle` the number may stand for another text. */
  release(id: number): void {
    const uses = this.#uses.get(id) - 1;
    this.#uses.set(id, uses);
    if (uses > 0) return;
    const key = this.#keys[id];
    if (key !== undefined) {
      this.#ids.delete(key);
      this.#weight -= key.length;
    }
    this.#keys[id] = "";
    this.#values[id] = undefined;
    this.#released.push(id);
  }

  /** Lets numbers be used again: nobody holds on to what was known of their texts. */
  recycle(): void {
    this.#free = this.#free.concat(this.#released);
    this.#released = [];
  }

  /** Throws for a number that was never given. */
  value(id: number): Value {
    const value = this.#values[id];
    if (value === undefined) throw new Error(`there is no text ${String(id)}: a row was used after its end`);
    return value;
  }
}
