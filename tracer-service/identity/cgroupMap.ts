/**
 * Something for each cgroup, by its key. Most events happen where the one before did: then it is known without the
 * search for a BigInt in a `Map`, which is a call out of JavaScript.
 */
export class CgroupMap<T> {
  readonly #entries = new Map<bigint, T>();
  #latestKey = -1n;
  #latest: T | undefined;

  get(key: bigint): T | undefined {
    if (key === this.#latestKey) return this.#latest;
    this.#latestKey = key;
    return (this.#latest = this.#entries.get(key));
  }

  has(key: bigint): boolean {
    return this.#entries.has(key);
  }

  set(key: bigint, value: T): void {
    this.#entries.set(key, value);
    this.#latestKey = -1n;
  }

  delete(key: bigint): boolean {
    this.#latestKey = -1n;
    return this.#entries.delete(key);
  }

  [Symbol.iterator](): MapIterator<[bigint, T]> {
    return this.#entries[Symbol.iterator]();
  }
}
