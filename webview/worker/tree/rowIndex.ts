import { IntColumn } from "./columns.ts";

const NONE = -1;
const FIRST_BUCKETS = 4_096;

/** Finds rows by a hash; rows of one hash are chained. Holds each row at most once. */
export class RowIndex {
  readonly #next = new IntColumn();
  readonly #hashes = new IntColumn();
  #buckets = new Int32Array(FIRST_BUCKETS).fill(NONE);
  #count = 0;

  /** The first row whose hash may be this one, or -1. */
  first(hash: number): number {
    return this.#buckets[hash & (this.#buckets.length - 1)] ?? NONE;
  }

  /** The row after `row` in its chain, or -1. */
  after(row: number): number {
    return this.#next.get(row);
  }

  add(row: number, hash: number): void {
    if (++this.#count > this.#buckets.length) this.#grow();
    this.#hashes.set(row, hash);
    this.#put(row, hash);
  }

  /** Takes out a row that was added. */
  remove(row: number): void {
    const bucket = this.#hashes.get(row) & (this.#buckets.length - 1);
    let before = NONE;
    for (let at = this.#buckets[bucket] ?? NONE; at !== NONE; at = this.#next.get(at)) {
      if (at === row) {
        if (before === NONE) this.#buckets[bucket] = this.#next.get(row);
        else this.#next.set(before, this.#next.get(row));
        this.#count--;
        return;
      }
      before = at;
    }
  }

  #put(row: number, hash: number): void {
    const bucket = hash & (this.#buckets.length - 1);
    this.#next.set(row, this.#buckets[bucket] ?? NONE);
    this.#buckets[bucket] = row;
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Int32Array(old.length * 2).fill(NONE);
    for (const head of old) {
      for (let row = head; row !== NONE;) {
        const next = this.#next.get(row);
        this.#put(row, this.#hashes.get(row));
        row = next;
      }
    }
  }
}

/** Mixes numbers into a hash that small differences change everywhere. */
export function hashOf(origin: number, pid: number, high: number, low: number, number: number): number {
  let hash = Math.imul(origin + 0x9e37, 0x85ebca6b);
  for (let part = 0; part < 4; part++) {
    const value = part === 0 ? pid : part === 1 ? high : part === 2 ? low : number;
    hash = Math.imul(hash ^ value, 0xcc9e2d51);
    hash = (hash << 15) | (hash >>> 17);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
