/** A power of two, and how many words of 32 bits each has. */
const PLACES = 1024;
const PLACE_WORDS = 128;
const PLACE_SHIFT = 22;
/** A prime near 2^32 divided by the golden ratio: each word reaches the highest bits. */
const SPREAD = 0x9e37_79b1;

/**
 * Remembers what was made of bytes. They are compared where they lie: making a text of them to look it up by takes
 * half as long again. Each has one place, in which the latest stays, so it is bounded whatever comes.
 */
export class MadeOfBytes<Made> {
  readonly #bytes = new Uint32Array(PLACES * PLACE_WORDS);
  readonly #lengths = new Uint16Array(PLACES);
  readonly #made = new Array<Made | undefined>(PLACES).fill(undefined);

  /** What was made of the bytes from `start` (a multiple of 4) to `end`; undefined when that is not known. */
  find(words: Uint32Array, start: number, end: number): Made | undefined {
    const first = start >> 2;
    const whole = (end >> 2) - first;
    if (whole >= PLACE_WORDS) return undefined;
    const rest = restAt(words, end);
    const place = placeOf(words, first, whole, rest);
    if (this.#lengths[place] !== end - start) return undefined;
    const known = this.#bytes;
    const base = place * PLACE_WORDS;
    for (let i = 0; i < whole; i++) if (known[base + i] !== words[first + i]) return undefined;
    return known[base + whole] === rest ? this.#made[place] : undefined;
  }

  /** Remembers it for these bytes, unless they are more than have a place. */
  keep(words: Uint32Array, start: number, end: number, made: Made): void {
    const first = start >> 2;
    const whole = (end >> 2) - first;
    if (whole >= PLACE_WORDS) return;
    const rest = restAt(words, end);
    const place = placeOf(words, first, whole, rest);
    this.#bytes.set(words.subarray(first, first + whole), place * PLACE_WORDS);
    this.#bytes[place * PLACE_WORDS + whole] = rest;
    this.#lengths[place] = end - start;
    this.#made[place] = made;
  }
}

/** The bytes of the last word that are before `end`, the others 0 (little-endian). */
function restAt(words: Uint32Array, end: number): number {
  return (words[end >> 2] ?? 0) & ((1 << ((end & 3) << 3)) - 1);
}

function placeOf(words: Uint32Array, first: number, count: number, rest: number): number {
  let hash = rest;
  for (let i = first; i < first + count; i++) hash = Math.imul(hash ^ (words[i] ?? 0), SPREAD);
  return Math.imul(hash, SPREAD) >>> PLACE_SHIFT;
}
