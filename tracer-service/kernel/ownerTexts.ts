import { type BpfMap, u32 } from "./bpfMap.ts";
import { constants, layout } from "./layout.ts";

/** What the reader calls the owners, kept beside the programs for the next reader. */
export class OwnerTexts {
  readonly #map: BpfMap;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /** All that were ever kept, the latest text of each owner. */
  all(): [owner: number, text: string][] {
    return this.#map.keys().flatMap((key) => {
      const value = this.#map.get(key);
      if (value === undefined) return [];
      const bytes = Math.min(value.readUInt32LE(layout.owner_text.bytes), value.length - 4);
      return [
        [key.readUInt32LE(), value.toString("utf8", layout.owner_text.text, layout.owner_text.text + bytes)],
      ];
    });
  }

  /** False: it is too long to be kept. */
  keep(owner: number, text: string): boolean {
    const value = Buffer.alloc(constants.OWNER_TEXT_BYTES);
    const bytes = Buffer.byteLength(text);
    if (bytes > value.length - layout.owner_text.text) {
      this.#map.delete(u32(owner));
      return false;
    }
    value.writeUInt32LE(bytes, layout.owner_text.bytes);
    value.write(text, layout.owner_text.text);
    this.#map.set(u32(owner), value);
    return true;
  }
}
