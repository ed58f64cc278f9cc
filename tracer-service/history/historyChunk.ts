import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

import type { TracerEvent } from "../../protocol/events.ts";

/** Kinds of events, by the number that chunks keep. */
export const EVENT_TYPES = ["exec", "exit", "lost"] as const satisfies readonly TracerEvent["type"][];

/** An event as the history keeps it. */
export interface ChunkEvent {
  readonly seq: number;
  /** ns since 1970 UTC. */
  readonly timeNs: bigint;
  readonly type: TracerEvent["type"];
  /** Where its line lies in `bytes` of the chunk, newline included. */
  readonly start: number;
  readonly end: number;
}

/** The events of one workspace in one batch, read again. */
export interface DecodedChunk {
  readonly bytes: Buffer;
  readonly events: readonly ChunkEvent[];
}

/** For each event: time 8, seq 4 from the chunk's first, length of the line 4, type 1. */
const TIME = 8;
const SEQ = 4;
const LENGTH = 4;
const HEAD = TIME + SEQ + LENGTH + 1;
const COUNT = 4;
/** Larger than what a batch may hold; what claims more was not written by this service. */
const MAX_CHUNK_BYTES = 268_435_456;
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };
/** A chunk of a line or two is compressed in half the time where the compressor is told to be small. */
const SMALL_BYTES = 16_384;
const SMALL = { ...LEVEL, [constants.ZSTD_c_windowLog]: 14, [constants.ZSTD_c_hashLog]: 12 };
const MAX_SCRATCH_BYTES = 4_194_304;
const LARGEST_STEP = 65_536;
const SMALLEST_STEP = 1_024;

/** Which events of a batch go into the chunk: their indices, ascending, and where the batch has what. */
export interface ChunkSource {
  readonly firstSeq: number;
  readonly times: BigInt64Array;
  readonly types: Uint8Array;
  /** Where each line ends in `lines`. */
  readonly ends: Uint32Array;
  readonly lines: Uint8Array;
}

/** The compressed bytes of a chunk. */
export function encodeChunk(source: ChunkSource, indices: readonly number[], dictionary: Buffer): Buffer {
  const [first = 0] = indices;
  let lineBytes = 0;
  for (const index of indices) lineBytes += lengthOf(source, index);
  const count = indices.length;
  const plain = scratchOf(COUNT + count * HEAD + lineBytes);
  plain.writeUInt32LE(count, 0);
  if (count > 0 && (indices.at(-1) ?? 0) - first === count - 1) writeRun(plain, source, first, count);
  else writeEach(plain, source, indices);
  const params = plain.length <= SMALL_BYTES ? SMALL : LEVEL;
  return zstdCompressSync(plain, { dictionary, params, chunkSize: step(plain.length >> 4) });
}

/** Consecutive events, such as all of a batch that is of one workspace: each column is one copy. */
function writeRun(
  plain: Buffer,
  { times, types, ends, lines }: ChunkSource,
  first: number,
  count: number,
): void {
  const [seqs, lengths, typesAt] = columns(count);
  const ordinals = new Uint32Array(count);
  const sizes = new Uint32Array(count);
  const begin = first === 0 ? 0 : (ends[first - 1] ?? 0);
  let before = begin;
  for (let i = 0; i < count; i++) {
    const end = ends[first + i] ?? 0;
    ordinals[i] = i;
    sizes[i] = end - before;
    before = end;
  }
  plain.set(bytesOf(times.subarray(first, first + count)), COUNT);
  plain.set(bytesOf(ordinals), seqs);
  plain.set(bytesOf(sizes), lengths);
  plain.set(types.subarray(first, first + count), typesAt);
  bufferOf(lines).copy(plain, COUNT + count * HEAD, begin, before);
}

function writeEach(plain: Buffer, source: ChunkSource, indices: readonly number[]): void {
  const [first = 0] = indices;
  const [seqs, lengths, types] = columns(indices.length);
  const lines = bufferOf(source.lines);
  let at = COUNT + indices.length * HEAD;
  indices.forEach((index, i) => {
    const length = lengthOf(source, index);
    plain.writeBigInt64LE(source.times[index] ?? 0n, COUNT + i * TIME);
    plain.writeUInt32LE(index - first, seqs + i * SEQ);
    plain.writeUInt32LE(length, lengths + i * LENGTH);
    plain[types + i] = source.types[index] ?? 0;
    const end = source.ends[index] ?? 0;
    at += lines.copy(plain, at, end - length, end);
  });
}

/** Memory shared by threads is copied many times faster this way than by `set`. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

let scratch = Buffer.alloc(0);

/** Memory that is used again: what is allocated anew for each chunk costs more than what is done with it. */
function scratchOf(bytes: number): Buffer {
  if (bytes > MAX_SCRATCH_BYTES) return Buffer.allocUnsafe(bytes);
  if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(Math.min(MAX_SCRATCH_BYTES, 2 * bytes));
  return scratch.subarray(0, bytes);
}

/** Numbers as they lie in memory: on every processor that is supported the low byte comes first. */
function bytesOf({ buffer, byteOffset, byteLength }: BigInt64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Reads a chunk. Throws when its bytes are not what `encodeChunk` makes. */
export function decodeChunk(data: Uint8Array, firstSeq: number, dictionary: Buffer): DecodedChunk {
  const bytes = zstdDecompressSync(data, {
    ...{ dictionary, maxOutputLength: MAX_CHUNK_BYTES, chunkSize: step(data.length << 3) },
  });
  const count = bytes.length < COUNT ? 0 : bytes.readUInt32LE(0);
  if (count === 0 || bytes.length < COUNT + count * HEAD)
    throw new Error("a chunk of the history is too short");
  const [seqs, lengths, types] = columns(count);
  const events: ChunkEvent[] = [];
  let at = COUNT + count * HEAD;
  for (let i = 0; i < count; i++) {
    const start = at;
    at += bytes.readUInt32LE(lengths + i * LENGTH);
    events.push({
      seq: firstSeq + bytes.readUInt32LE(seqs + i * SEQ),
      timeNs: bytes.readBigInt64LE(COUNT + i * TIME),
      type: EVENT_TYPES[bytes[types + i] ?? 0] ?? "lost",
      start,
      end: at,
    });
  }
  if (at !== bytes.length) throw new Error("a chunk of the history has lines of the wrong length");
  return { bytes, events };
}

/** Room for the output of a call, which is made anew each time. */
function step(bytes: number): number {
  return Math.max(SMALLEST_STEP, Math.min(LARGEST_STEP, bytes));
}

function columns(count: number): readonly [number, number, number] {
  const seqs = COUNT + count * TIME;
  const lengths = seqs + count * SEQ;
  return [seqs, lengths, lengths + count * LENGTH];
}

function lengthOf({ ends }: ChunkSource, index: number): number {
  return (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0));
}
