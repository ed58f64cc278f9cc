import { createHash, hash } from "node:crypto";

/** What a batch's hash says of one of its chunks. */
export interface ChunkDigest {
  readonly workspace: number;
  readonly events: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** SHA-256 of the chunk's bytes as they are stored. */
  readonly digest: Uint8Array;
}

/** What a batch's hash says of the batch itself. */
export interface BatchFacts {
  readonly id: number;
  readonly run: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastNs: bigint;
  readonly ring: string;
  readonly position: bigint;
}

const DIGEST_BYTES = 32;
const ENTRY_BYTES = 4 + 4 + 8 + 8 + DIGEST_BYTES;

/** What the first batch of a database extends. */
export const GENESIS = Buffer.alloc(DIGEST_BYTES);

/** SHA-256 of a chunk's bytes. */
export function digestOf(data: Uint8Array): Buffer {
  return hash("sha256", data, "buffer");
}

/** The digests as a batch keeps them. */
export function encodeDigests(chunks: readonly ChunkDigest[]): Buffer {
  const bytes = Buffer.alloc(chunks.length * ENTRY_BYTES);
  chunks.forEach(({ workspace, events, firstSeq, lastSeq, digest }, index) => {
    const at = index * ENTRY_BYTES;
    bytes.writeUInt32LE(workspace, at);
    bytes.writeUInt32LE(events, at + 4);
    bytes.writeBigUInt64LE(BigInt(firstSeq), at + 8);
    bytes.writeBigUInt64LE(BigInt(lastSeq), at + 16);
    bytes.set(digest, at + 24);
  });
  return bytes;
}

/** Reads what `encodeDigests` made; undefined for bytes that it can't have made. */
export function decodeDigests(bytes: Uint8Array): readonly ChunkDigest[] | undefined {
  if (bytes.length % ENTRY_BYTES !== 0) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const digests = Array.from({ length: bytes.length / ENTRY_BYTES }, (_, index) => {
    const at = index * ENTRY_BYTES;
    return {
      workspace: view.readUInt32LE(at),
      events: view.readUInt32LE(at + 4),
      firstSeq: Number(view.readBigUInt64LE(at + 8)),
      lastSeq: Number(view.readBigUInt64LE(at + 16)),
      digest: view.subarray(at + 24, at + 24 + DIGEST_BYTES),
    };
  });
  const areNumbers = digests.every(
    ({ firstSeq, lastSeq }) => Number.isSafeInteger(firstSeq) && Number.isSafeInteger(lastSeq),
  );
  return areNumbers ? digests : undefined;
}

/** The hash of a batch: it covers the batch before it, and so all before. */
export function chainHash(previous: Uint8Array, facts: BatchFacts, chunks: Uint8Array): Buffer {
  const { id, run, firstSeq, lastSeq, lastNs, ring, position } = facts;
  return createHash("sha256")
    .update(previous)
    .update(JSON.stringify([id, run, firstSeq, lastSeq, String(lastNs), ring, String(position)]))
    .update(chunks)
    .digest();
}
