import type { Labels, TracerEvent } from "../../protocol/events.ts";
import { EVENT_TYPES, type ChunkSource } from "./historyChunk.ts";

/** Whose events a batch holds: labels and, in Kubernetes, the namespace of the pod. */
export interface HistoryOwner {
  readonly labels: Labels;
  readonly namespace: string | undefined;
}

/** Consecutive events, and whose they are. */
export interface EventColumns extends ChunkSource {
  readonly count: number;
  /** For each event an index in `owners`. */
  readonly ownerOf: Uint16Array;
  readonly owners: readonly HistoryOwner[];
}

/** Events on their way into the database. The buffers are shared with the thread that writes them. */
export interface HistoryBatch extends EventColumns {
  /** The ring that the events came from, and the position up to which they are in this batch and those before. */
  readonly ring: string;
  readonly position: bigint;
}

/** A batch is handed over when it holds this much, at the next mark. */
const BATCH_EVENTS = 8_192;
const BATCH_BYTES = 1_048_576;
const FIRST_LINES = 262_144;
const FIRST_EVENTS = 512;

/** What the events of a batch lie in; grown when they need more, and used again. */
class Columns {
  times: BigInt64Array;
  types: Uint8Array;
  ends: Uint32Array;
  ownerOf: Uint16Array;
  lines: Buffer;

  constructor(events: number, bytes: number) {
    this.times = new BigInt64Array(new SharedArrayBuffer(events * BigInt64Array.BYTES_PER_ELEMENT));
    this.types = new Uint8Array(new SharedArrayBuffer(events));
    this.ends = new Uint32Array(new SharedArrayBuffer(events * Uint32Array.BYTES_PER_ELEMENT));
    this.ownerOf = new Uint16Array(new SharedArrayBuffer(events * Uint16Array.BYTES_PER_ELEMENT));
    this.lines = Buffer.from(new SharedArrayBuffer(bytes));
  }

  /** Larger ones with the same in them. */
  grown(events: number, bytes: number): Columns {
    const grown = new Columns(Math.max(events, this.types.length), Math.max(bytes, this.lines.length));
    grown.times.set(this.times);
    grown.types.set(this.types);
    grown.ends.set(this.ends);
    grown.ownerOf.set(this.ownerOf);
    grown.lines.set(this.lines);
    return grown;
  }
}

/** Collects events of a batch in memory that another thread can read. */
export class HistoryBatchBuilder {
  #columns = new Columns(FIRST_EVENTS, FIRST_LINES);
  /** Of a batch that is written, for the next. */
  #spare: Columns | undefined;
  readonly #columnsOf = new WeakMap<HistoryBatch, Columns>();
  #firstSeq = 0;
  #count = 0;
  #bytes = 0;
  #owners: HistoryOwner[] = [];
  #ownersOf = new Map<Labels, number[]>();
  #latestOwner = 0;

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
    // A UTF-16 unit takes at most three bytes.
    this.#makeRoom(this.#bytes + line.length * 3);
    const { lines, times, types, ends, ownerOf } = this.#columns;
    const index = this.#count++;
    this.#bytes += lines.write(line, this.#bytes);
    times[index] = event.timeNs;
    types[index] = EVENT_TYPES.indexOf(event.type);
    ends[index] = this.#bytes;
    ownerOf[index] = this.#ownerIndex(event.labels, event.pod?.namespace);
  }

  /** What has been collected since the last batch; it changes when more is added. */
  get collected(): EventColumns {
    const { times, types, ends, ownerOf, lines } = this.#columns;
    return {
      ...{ firstSeq: this.#firstSeq, count: this.#count, times, types, ends, ownerOf },
      ...{ lines: lines.subarray(0, this.#bytes), owners: this.#owners },
    };
  }

  /** What was collected; collecting begins anew. */
  take(ring: string, position: bigint): HistoryBatch {
    const batch: HistoryBatch = { ...this.collected, ring, position };
    this.#columnsOf.set(batch, this.#columns);
    // As large as this one turned out: the next will be alike.
    this.#columns =
      this.#spare ??
      new Columns(Math.max(FIRST_EVENTS, 2 * this.#count), Math.max(FIRST_LINES, 2 * this.#bytes));
    this.#spare = undefined;
    this.#count = this.#bytes = 0;
    this.#owners = [];
    this.#ownersOf = new Map();
    return batch;
  }

  /** Takes back what a batch lies in, which nobody may read any more; much more than it needed is given up. */
  reuse(batch: HistoryBatch): void {
    const columns = this.#columnsOf.get(batch);
    this.#columnsOf.delete(batch);
    if (columns === undefined || columns.lines.length > Math.max(FIRST_LINES, 8 * batch.lines.length)) return;
    this.#spare ??= columns;
  }

  /** A labels object belongs to one namespace, but for that of those whose labels are not known. */
  #ownerIndex(labels: Labels, namespace: string | undefined): number {
    const latest = this.#owners[this.#latestOwner];
    if (latest?.labels === labels && latest.namespace === namespace) return this.#latestOwner;
    const known = this.#ownersOf.get(labels);
    let index = known?.find((each) => this.#owners[each]?.namespace === namespace);
    if (index === undefined) {
      index = this.#owners.push({ labels, namespace }) - 1;
      if (known === undefined) this.#ownersOf.set(labels, [index]);
      else known.push(index);
    }
    this.#latestOwner = index;
    return index;
  }

  #makeRoom(bytes: number): void {
    const { types, lines } = this.#columns;
    if (this.#count < types.length && bytes <= lines.length) return;
    this.#columns = this.#columns.grown(
      this.#count < types.length ? types.length : types.length * 2,
      bytes <= lines.length ? lines.length : Math.max(lines.length * 2, bytes),
    );
  }
}
