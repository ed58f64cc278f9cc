import type { Labels, TracerEvent } from "../../protocol/events.ts";
import { EVENT_TYPES, type ChunkSource } from "./historyChunk.ts";

/** Whose events a batch holds: labels and, in Kubernetes, the namespace of the pod. */
export interface HistoryOwner {
  readonly labels: Labels;
  readonly namespace: string | undefined;
}

/** Consecutive events on their way into the database. Its buffers change threads, so it is whole in itself. */
export interface HistoryBatch extends ChunkSource {
  readonly count: number;
  /** For each event an index in `owners`. */
  readonly ownerOf: Uint16Array;
  readonly owners: readonly HistoryOwner[];
  /** The ring that the events came from, and the position up to which they are in this batch and those before. */
  readonly ring: string;
  readonly position: bigint;
}

/** A batch is handed over when it holds this much, at the next mark. */
const BATCH_EVENTS = 8_192;
const BATCH_BYTES = 2_097_152;
const FIRST_LINES = 262_144;
const FIRST_EVENTS = 512;

/** Collects events of a batch in memory that can be handed to another thread without a copy. */
export class HistoryBatchBuilder {
  #firstSeq = 0;
  #count = 0;
  #times = new BigInt64Array(FIRST_EVENTS);
  #types = new Uint8Array(FIRST_EVENTS);
  #ends = new Uint32Array(FIRST_EVENTS);
  #ownerOf = new Uint16Array(FIRST_EVENTS);
  #lines = Buffer.from(new ArrayBuffer(FIRST_LINES));
  #bytes = 0;
  #owners: HistoryOwner[] = [];
  #ownersOf = new Map<Labels, number[]>();

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#count >= BATCH_EVENTS || this.#bytes >= BATCH_BYTES;
  }

  /** Takes the next event: sequence numbers must follow each other. */
  add(event: TracerEvent, line: string): void {
    if (this.#count === 0) this.#firstSeq = event.seq;
    if (this.#count === this.#types.length) this.#growEvents();
    // A UTF-16 unit takes at most three bytes.
    if (this.#bytes + line.length * 3 > this.#lines.length) this.#growLines(line.length * 3);
    const index = this.#count++;
    this.#bytes += this.#lines.write(line, this.#bytes);
    this.#times[index] = event.timeNs;
    this.#types[index] = EVENT_TYPES.indexOf(event.type);
    this.#ends[index] = this.#bytes;
    this.#ownerOf[index] = this.#ownerIndex(event.labels, event.pod?.namespace);
  }

  /** What was collected; collecting begins anew. */
  take(ring: string, position: bigint): HistoryBatch {
    const count = this.#count;
    const batch: HistoryBatch = {
      firstSeq: this.#firstSeq,
      count,
      times: this.#times,
      types: this.#types,
      ends: this.#ends,
      ownerOf: this.#ownerOf,
      lines: this.#lines.subarray(0, this.#bytes),
      owners: this.#owners,
      ring,
      position,
    };
    // As large as this one turned out: the next will be alike.
    const events = Math.max(FIRST_EVENTS, Math.min(this.#types.length, 2 * count));
    this.#times = new BigInt64Array(events);
    this.#types = new Uint8Array(events);
    this.#ends = new Uint32Array(events);
    this.#ownerOf = new Uint16Array(events);
    this.#lines = Buffer.from(
      new ArrayBuffer(Math.max(FIRST_LINES, Math.min(this.#lines.length, 2 * this.#bytes))),
    );
    this.#count = this.#bytes = 0;
    this.#owners = [];
    this.#ownersOf = new Map();
    return batch;
  }

  /** A labels object belongs to one namespace, but for that of those whose labels are not known. */
  #ownerIndex(labels: Labels, namespace: string | undefined): number {
    const known = this.#ownersOf.get(labels);
    const index = known?.find((each) => this.#owners[each]?.namespace === namespace);
    if (index !== undefined) return index;
    const added = this.#owners.push({ labels, namespace }) - 1;
    if (known === undefined) this.#ownersOf.set(labels, [added]);
    else known.push(added);
    return added;
  }

  #growEvents(): void {
    const events = this.#types.length * 2;
    this.#times = copied(this.#times, new BigInt64Array(events));
    this.#types = copied(this.#types, new Uint8Array(events));
    this.#ends = copied(this.#ends, new Uint32Array(events));
    this.#ownerOf = copied(this.#ownerOf, new Uint16Array(events));
  }

  #growLines(room: number): void {
    const lines = Buffer.from(new ArrayBuffer(Math.max(this.#lines.length * 2, this.#bytes + room)));
    this.#lines.copy(lines, 0, 0, this.#bytes);
    this.#lines = lines;
  }
}

/** The buffers that change threads with a batch. */
export function transferList({ times, types, ends, ownerOf, lines }: HistoryBatch): ArrayBuffer[] {
  return [times, types, ends, ownerOf, lines].map(({ buffer }) => buffer as ArrayBuffer);
}

function copied<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
