import { promisify } from "node:util";
import { constants, zstdCompressSync, zstdDecompress } from "node:zlib";

import type { Labels, TracerEvent } from "../../protocol/events.ts";
import type { KeptEvent } from "./keptEvent.ts";
import type { RecentEvents } from "./recentEvents.ts";

const decompress = promisify(zstdDecompress);

const CHUNK_EVENTS = 1024;
/** Most chunks fit; a longer line has a chunk of its own. */
const CHUNK_BYTES = 1_048_576;
const LEVEL_1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const TYPES = ["exec", "exit", "lost"] as const satisfies readonly TracerEvent["type"][];

/** Consecutive events: what filters and gaps need lies in arrays; the lines are compressed once the chunk is full. */
interface Chunk {
  readonly firstSeq: number;
  count: number;
  readonly times: BigInt64Array;
  readonly types: Uint8Array;
  readonly labels: Labels[];
  readonly namespaces: (string | undefined)[];
  /** Where each line ends in the uncompressed bytes. */
  readonly ends: Uint32Array;
  /** The lines one after the other, as long as they are not compressed. */
  plain: Buffer | undefined;
  packed: Buffer | undefined;
}

/**
 * The latest events in memory, bounded in number and bytes; full chunks are compressed. Lines are
 * bytes from the start: strings that live this long would keep the garbage collector busy.
 */
export class EventHistory implements RecentEvents {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #chunks: Chunk[] = [];
  /** Of the chunk before, for the next. */
  #spare: Buffer | undefined;
  #events = 0;
  #bytes = 0;

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  get oldestSeq(): number {
    return this.#chunks[0]?.firstSeq ?? 0;
  }

  nextSeq(seq: number): number | undefined {
    const last = this.#chunks.at(-1);
    return last === undefined || seq >= last.firstSeq + last.count
      ? undefined
      : Math.max(seq, this.oldestSeq);
  }

  seqBefore(timeNs: bigint): number | undefined {
    let before: number | undefined;
    for (const { firstSeq, count, times } of this.#chunks) {
      const index = times.subarray(0, count).findIndex((each) => each >= timeNs);
      if (index === 0) return before;
      if (index > 0) return firstSeq + index - 1;
      before = firstSeq + count - 1;
    }
    return before;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next event: sequence numbers must follow each other. */
  add(event: KeptEvent): void {
    // A UTF-16 unit takes at most three bytes.
    const mostBytes = event.line.length * 3;
    const chunk = this.#chunkFor(event.seq, mostBytes);
    const { count } = chunk;
    const end = endOf(chunk);
    chunk.times[count] = event.timeNs;
    chunk.types[count] = TYPES.indexOf(event.type);
    chunk.labels.push(event.labels);
    chunk.namespaces.push(event.namespace);
    const written = chunk.plain?.write(event.line, end) ?? 0;
    chunk.ends[count] = end + written;
    chunk.count++;
    this.#bytes += written;
    this.#events++;
    while (this.#chunks.length > 1 && (this.#events > this.#maxEvents || this.#bytes > this.#maxBytes)) {
      const gone = this.#chunks.shift();
      if (gone === undefined) break;
      this.#events -= gone.count;
      this.#bytes -= gone.packed?.length ?? endOf(gone);
    }
  }

  /** The rest of the chunk that `seq` lies in. */
  async read(seq: number): Promise<readonly KeptEvent[]> {
    const chunk = this.#chunks.findLast((each) => each.firstSeq <= seq);
    if (chunk === undefined) return [];
    const { packed } = chunk;
    const bytes = chunk.plain ?? (packed === undefined ? undefined : await decompress(packed));
    const events: KeptEvent[] = [];
    for (let index = seq - chunk.firstSeq; bytes !== undefined && index < chunk.count; index++) {
      const [labels, timeNs] = [chunk.labels[index], chunk.times[index]];
      const type = TYPES[chunk.types[index] ?? 0];
      if (labels === undefined || timeNs === undefined || type === undefined) break;
      const line = bytes.toString("utf8", index === 0 ? 0 : chunk.ends[index - 1], chunk.ends[index]);
      const namespace = chunk.namespaces[index];
      events.push({ seq: chunk.firstSeq + index, timeNs, type, labels, namespace, line });
    }
    return events;
  }

  #chunkFor(seq: number, bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last?.plain !== undefined) {
      if (last.count < CHUNK_EVENTS && endOf(last) + bytes <= last.plain.length) return last;
      this.#pack(last, last.plain);
    }
    let plain: Buffer;
    if (bytes > CHUNK_BYTES) plain = Buffer.alloc(bytes);
    else {
      plain = this.#spare ?? Buffer.alloc(CHUNK_BYTES);
      this.#spare = undefined;
    }
    const chunk: Chunk = {
      ...{
        firstSeq: seq,
        count: 0,
        times: new BigInt64Array(CHUNK_EVENTS),
        types: new Uint8Array(CHUNK_EVENTS),
      },
      ...{ labels: [], namespaces: [], ends: new Uint32Array(CHUNK_EVENTS), plain, packed: undefined },
    };
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Here, which takes 2 ms: another thread would take as long, and what leads there and back another millisecond. */
  #pack(chunk: Chunk, plain: Buffer): void {
    const bytes = endOf(chunk);
    try {
      chunk.packed = zstdCompressSync(plain.subarray(0, bytes), LEVEL_1);
    } catch {
      return; // It stays as it is: larger, and still bounded.
    }
    this.#bytes += chunk.packed.length - bytes;
    chunk.plain = undefined;
    if (plain.length === CHUNK_BYTES) this.#spare = plain;
  }
}

function endOf(chunk: Chunk): number {
  return chunk.count === 0 ? 0 : (chunk.ends[chunk.count - 1] ?? 0);
}
