/** What a thread's engine tells of its buffers, and how it is told to look for those that nobody needs. */
export interface BufferHeap {
  /** Bytes of all that are not collected yet. */
  readonly bytes: () => number;
  /** Undefined where the engine does not offer it. */
  readonly collect: (() => void) | undefined;
}

/** A collection takes some 8 ms. */
const MOST_GARBAGE = 8_388_608;

/**
 * Has buffers collected when many have come since the last time. The engine looks for old garbage when its own heap has
 * grown; a thread that compresses has a small one, and much in buffers beside it, some of which live until then.
 */
export class BufferGarbage {
  readonly #heap: BufferHeap;
  #least: number;

  constructor(heap: BufferHeap) {
    this.#heap = heap;
    this.#least = heap.bytes();
  }

  /** To be called when nothing is held that is not needed any more. */
  collect(): void {
    const { bytes, collect } = this.#heap;
    const now = bytes();
    this.#least = Math.min(this.#least, now);
    if (collect === undefined || now - this.#least < MOST_GARBAGE) return;
    collect();
    this.#least = bytes();
  }
}
