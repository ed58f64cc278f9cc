const LINES_PER_CHUNK = 1_000;
const MAX_CHUNK_TEXT = 4_194_304;
const CHUNKS_UNPACKED = 4;

/** How chunks of text are made small, and whole again. */
export interface TextPacker {
  pack(text: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Rejects what is no packed text, or one of more than `maxLength` bytes. */
  unpack(bytes: Uint8Array<ArrayBuffer>, maxLength: number): Promise<string>;
}

interface Chunk {
  readonly first: number;
  /** Its lines, until they are packed. */
  lines: string[] | undefined;
  packed: Uint8Array<ArrayBuffer> | undefined;
  used: number;
}

/** The log's own lines, packed: a million of them take a tenth of their text. Lines are numbered as they come. */
export class LineStore {
  readonly #packer: TextPacker;
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #chunkOf: number[] = [];
  readonly #unpacked = new Map<Chunk, readonly string[]>();
  #open: Chunk | undefined;
  #openText = 0;
  #length = 0;
  #packing = 0;
  #bytes = 0;

  constructor(packer: TextPacker) {
    this.#packer = packer;
  }

  /** Chunks that wait to be packed: who feeds lines should wait while these are many. */
  get packing(): number {
    return this.#packing;
  }

  /** Bytes that the packed lines take. */
  get packedBytes(): number {
    return this.#bytes;
  }

  /** Until `endPacked`, the lines that are kept are of this batch, which stays as it is. */
  beginPacked(packed: Uint8Array<ArrayBuffer>): void {
    this.#close();
    this.#begin(undefined, packed);
  }

  endPacked(): void {
    const chunk = this.#open;
    this.#open = undefined;
    if (chunk?.packed === undefined) return;
    if (chunk.used > 0) this.#bytes += chunk.packed.length;
    else this.#chunks[this.#chunks.length - 1] = undefined;
  }

  /** Keeps a line, which has this index in a packed batch; its number. */
  keep(line: string, index: number): number {
    const chunk = this.#open ?? this.#begin([], undefined);
    chunk.used++;
    if (chunk.lines === undefined) {
      const number = chunk.first + index;
      this.#length = number + 1;
      return number;
    }
    chunk.lines.push(line);
    this.#openText += line.length;
    const number = this.#length++;
    if (chunk.lines.length >= LINES_PER_CHUNK || this.#openText >= MAX_CHUNK_TEXT) this.#close();
    return number;
  }

  /** Nobody asks for this line any more; a chunk goes with its last line. */
  release(number: number): void {
    const index = this.#indexOf(number);
    const chunk = this.#chunks[index];
    if (chunk === undefined || --chunk.used > 0 || chunk === this.#open) return;
    this.#bytes -= chunk.packed?.length ?? 0;
    this.#unpacked.delete(chunk);
    this.#chunks[index] = undefined;
  }

  /** The line of this number; undefined for one that was released with its chunk. */
  async read(number: number): Promise<string | undefined> {
    const chunk = this.#chunks[this.#indexOf(number)];
    if (chunk === undefined) return undefined;
    const lines = chunk.lines ?? this.#unpacked.get(chunk) ?? (await this.#unpack(chunk));
    return lines[number - chunk.first];
  }

  #begin(lines: string[] | undefined, packed: Chunk["packed"]): Chunk {
    const chunk: Chunk = { first: this.#length, lines, packed, used: 0 };
    this.#open = chunk;
    this.#openText = 0;
    this.#chunks.push(chunk);
    this.#chunkOf.push(chunk.first);
    return chunk;
  }

  /** The lines that are kept next go into another chunk. */
  #close(): void {
    const chunk = this.#open;
    this.#open = undefined;
    if (chunk !== undefined) void this.#pack(chunk);
  }

  async #pack(chunk: Chunk): Promise<void> {
    if (chunk.used <= 0) {
      this.#chunks[this.#indexOf(chunk.first)] = undefined;
      return;
    }
    this.#packing++;
    try {
      chunk.packed = await this.#packer.pack((chunk.lines ?? []).join("\n"));
      chunk.lines = undefined;
      if (chunk.used > 0) this.#bytes += chunk.packed.length;
    } catch {
      // Then they stay as they are: larger, but not lost.
    } finally {
      this.#packing--;
    }
  }

  async #unpack(chunk: Chunk): Promise<readonly string[]> {
    if (chunk.packed === undefined) return [];
    const lines = (await this.#packer.unpack(chunk.packed, Infinity)).split("\n");
    this.#unpacked.set(chunk, lines);
    for (const oldest of this.#unpacked.keys()) {
      if (this.#unpacked.size <= CHUNKS_UNPACKED) break;
      this.#unpacked.delete(oldest);
    }
    return lines;
  }

  /** The last chunk that begins at or before the line. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#chunkOf.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunkOf[middle] ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
