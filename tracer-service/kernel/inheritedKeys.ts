import type { BpfMap } from "./bpfMap.ts";

/** Entries of maps that an earlier service made, until this one has made them again. */
export class InheritedKeys {
  readonly #keys = new Map<BpfMap, Map<string, Buffer>>();

  /** Takes note of all that the maps hold now. */
  add(...maps: BpfMap[]): void {
    for (const map of maps) {
      this.#keys.set(map, new Map(map.keys().map((key) => [key.toString("latin1"), key])));
    }
  }

  /** The entry is this service's own now. */
  renew(map: BpfMap, key: Buffer): void {
    this.#keys.get(map)?.delete(key.toString("latin1"));
  }

  /** Those that nobody has made again, once. */
  take(): [map: BpfMap, key: Buffer][] {
    const left = [...this.#keys].flatMap(([map, keys]) =>
      [...keys.values()].map((key): [BpfMap, Buffer] => [map, key]),
    );
    this.#keys.clear();
    return left;
  }
}
