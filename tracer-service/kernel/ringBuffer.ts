import { mapShared, pageBytes, type Mapping } from "./libc.ts";

/** Bytes that hold a record, in the three widths it is read in. Records begin at multiples of 8. */
export interface RecordMemory {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly longs: BigUint64Array;
}

/** Takes a record; what it sees is valid during the call only. */
export type TakeRecord = (memory: RecordMemory, offset: number, length: number) => void;

const HEADER_BYTES = 8;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;
/** How much is consumed before the kernel may write over it: seldom enough to be cheap. */
const RELEASE_BYTES = 256 * 1024;
/**
 * The part of the ring that is mapped at a time, and how far the mapping reaches beyond it, so that a record that
 * begins inside is whole. Mapped memory counts as resident whether it is read or not.
 */
const WINDOW_BYTES = 1024 * 1024;
const OVERLAP_BYTES = 128 * 1024;

interface Window {
  readonly mapping: Mapping;
  /** Where in the ring it begins. */
  start: number;
  readonly sizeBytes: number;
  readonly memory: RecordMemory;
  readonly headers: Int32Array;
}

export function recordMemory(buffer: ArrayBuffer): RecordMemory {
  return { bytes: Buffer.from(buffer), words: new Uint32Array(buffer), longs: new BigUint64Array(buffer) };
}

/**
 * The consumer's side of a BPF ring buffer (kernel/bpf/ringbuf.c), read where the kernel wrote it. There must be only
 * one. Behind the consumer's and the producer's page the kernel offers the data pages twice in a row, so that the
 * record at the end of the ring goes on in the second copy of its beginning.
 */
export class RingBuffer {
  readonly fd: number;
  readonly sizeBytes: number;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #producerPosition: BigUint64Array;
  readonly #consumerPosition: BigUint64Array;
  #window: Window | undefined;
  /** Up to here records were read; up to the consumer's position the kernel may write over them. */
  #position: bigint;
  #released: bigint;
  #held = false;
  #closed = false;

  /** `sizeBytes`: the map's max_entries. */
  constructor(fd: number, sizeBytes: number) {
    this.fd = fd;
    this.sizeBytes = sizeBytes;
    this.#consumer = mapShared(fd, pageBytes, 0, true);
    this.#producer = mapShared(fd, pageBytes, pageBytes, false);
    this.#consumerPosition = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#producerPosition = new BigUint64Array(this.#producer.buffer, 0, 1);
    this.#position = this.#released = Atomics.load(this.#consumerPosition, 0);
  }

  /** Up to here records were read; counted since the ring was made. */
  get position(): bigint {
    return this.#position;
  }

  /** Bytes that were read and that the kernel can't use yet. */
  get heldBytes(): number {
    return Number(this.#position - this.#released);
  }

  /** From now on what was read stays in the ring until `release`, for a reader that may not live to keep it. */
  hold(): void {
    this.#held = true;
  }

  /**
   * Lets the kernel write over what was read up to a position. More than half of the ring is never held, so that new
   * records find room whatever becomes of the old ones.
   */
  release(position: bigint): void {
    if (this.#closed) return;
    const least = this.#position - BigInt(this.sizeBytes / 2);
    const released = position < least ? least : position;
    if (released <= this.#released) return;
    this.#released = released;
    Atomics.store(this.#consumerPosition, 0, released);
  }

  /** Bytes that wait to be read. */
  get pendingBytes(): number {
    if (this.#closed) return 0;
    return Number(Atomics.load(this.#producerPosition, 0) - this.#position);
  }

  /**
   * Hands each complete record to `take`, oldest first, until none is left or `mayContinue` says no; returns how many.
   * Throws if the ring holds what the kernel can't have written. `until`: a position to stop at, where a record begins.
   */
  drain(take: TakeRecord, mayContinue: () => boolean = () => true, until?: bigint): number {
    if (this.#closed) return 0;
    let wanted = until === undefined ? Infinity : Number(until - this.#position);
    const mask = this.sizeBytes - 1;
    let count = 0;
    let unreleased = 0;
    let ringOffset = Number(this.#position & BigInt(mask));
    let pending = this.pendingBytes;
    while (pending > 0 && wanted > 0) {
      const window = this.#windowAt(ringOffset);
      const offset = ringOffset - window.start;
      // The length is published last: an atomic load keeps later reads behind it on processors that reorder.
      const header = Atomics.load(window.headers, offset >> 2) >>> 0;
      if (header & BUSY) break;
      const length = header & LENGTH_MASK;
      const step = (length + HEADER_BYTES + 7) & ~7;
      if (offset + step > window.sizeBytes) {
        throw new Error(`the ring buffer holds a record of ${String(length)} bytes: it is no longer intact`);
      }
      if (!(header & DISCARDED)) {
        take(window.memory, offset + HEADER_BYTES, length);
        count++;
      }
      ringOffset = (ringOffset + step) & mask;
      pending -= step;
      wanted -= step;
      unreleased += step;
      if (unreleased >= RELEASE_BYTES) {
        this.#advance(unreleased);
        unreleased = 0;
        if (!mayContinue()) break;
      }
      if (pending <= 0) pending = this.pendingBytes - unreleased;
    }
    if (unreleased > 0) this.#advance(unreleased);
    return count;
  }

  /** Unmaps. Later calls do nothing, so no view is touched after its memory is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#window?.mapping.unmap();
    this.#window = undefined;
    this.#consumer.unmap();
    this.#producer.unmap();
  }

  #advance(bytes: number): void {
    this.#position += BigInt(bytes);
    if (!this.#held) this.release(this.#position);
  }

  #windowAt(ringOffset: number): Window {
    const windowBytes = Math.min(WINDOW_BYTES, this.sizeBytes);
    const start = ringOffset - (ringOffset % windowBytes);
    const window = this.#window;
    if (window?.start === start) return window;
    const offset = 2 * pageBytes + start;
    if (window !== undefined) {
      // In the same place: the engine takes what each buffer shows for memory of its own, to be collected soon.
      this.#window = undefined;
      window.mapping.move(offset);
      window.start = start;
      return (this.#window = window);
    }
    const sizeBytes = windowBytes + Math.min(OVERLAP_BYTES, this.sizeBytes);
    const mapping = mapShared(this.fd, sizeBytes, offset, false);
    this.#window = {
      mapping,
      start,
      sizeBytes,
      memory: recordMemory(mapping.buffer),
      headers: new Int32Array(mapping.buffer),
    };
    return this.#window;
  }
}
