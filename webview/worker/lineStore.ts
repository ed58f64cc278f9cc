const LINES_PER_CHUNK = 1_000;
const MAX_CHUNK_TEXT = 4_194_304;
const CHUNKS_UNPACKED = 4;

/** How chunks of text are made small, and whole again. */
export interface TextPacker {
  pack(text: string): Promise<Uint8Array>;
  unpack(bytes: Uint8Array): Promise<string>;
}

interface Chunk {
  readonly first: number;
  /** Its lines, until they are packed. */
  lines: string[] | undefined;
  packed: Uint8Array | undefined;
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

  /** Keeps a line; its number. */
  keep(line: string): number {
    let chunk = this.#open;
    if (chunk === undefined) {
      chunk = { first: this.#length, lines: [], packed: undefined, used: 0 };
      this.#open = chunk;
      this.#openText = 0;
      this.#chunks.push(chunk);
      this.#chunkOf.push(chunk.first);
    }
    chunk.lines?.push(line);
    chunk.used++;
    this.#openText += line.length;
    const number = this.#length++;
    if (this.#length - chunk.first >= LINES_PER_CHUNK || this.#openText >= MAX_CHUNK_TEXT) {
      this.#open = undefined;
      void this.#pack(chunk);
    }
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
    const lines = (await this.#packer.unpack(chunk.packed)).split("\n");
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
