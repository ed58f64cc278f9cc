import type { Labels, TracerEvent } from "../../protocol/events.ts";
import { EVENT_TYPES, type ChunkSource } from "./historyChunk.ts";

/** Whose events a batch holds: labels and, in Kubernetes, the namespace of the pod. */
export interface HistoryOwner {
  readonly labels: Labels;
  readonly namespace: string | undefined;
}

/** Consecutive events, and whose they are. Those whose type has `SKIPPED` in it are not to be kept, and have no line. */
export interface EventColumns extends ChunkSource {
  readonly count: number;
  /** How many of them are not to be kept. */
  readonly skipped: number;
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

/** In the type of an event that is not to be kept. */
export const SKIPPED = 0x80;
/** What an event takes beside its line. */
const EVENT_BYTES = 15;
/** As many as an index of 16 bits tells apart. */
const MAX_OWNERS = 65_535;
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
  #skipped = 0;
  #bytes = 0;
  #owners: HistoryOwner[] = [];
  #ownersOf = new Map<Labels, number[]>();
  #latestOwner = 0;
  /** For each owner an index in `#userBytes`: a user can have many workspaces. */
  #userOf: number[] = [];
  #users = new Map<string, number>();
  /** Of the lines that each has in here. */
  #userBytes: number[] = [];

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many of them are not to be kept. */
  get skipped(): number {
    return this.#skipped;
  }

  get isFull(): boolean {
    return this.#count >= BATCH_EVENTS || this.#bytes >= BATCH_BYTES;
  }

  /** Whether another event finds room in so many bytes. */
  hasRoom(maxBytes: number): boolean {
    return this.#size < maxBytes && this.#owners.length < MAX_OWNERS;
  }

  /**
   * Takes the next event: sequence numbers must follow each other. Of one whose user has more in here than is free of
   * `maxBytes` only the number is taken, and false returned: so one who floods leaves room for everybody else.
   */
  add(event: TracerEvent, line: string, maxBytes = Infinity): boolean {
    if (this.#count === 0) this.#firstSeq = event.seq;
    const owner = this.#ownerIndex(event.labels, event.pod?.namespace);
    const user = this.#userOf[owner] ?? 0;
    const isKept = (this.#userBytes[user] ?? 0) + line.length <= maxBytes - this.#size;
    // A UTF-16 unit takes at most three bytes.
    this.#makeRoom(isKept ? this.#bytes + line.length * 3 : this.#bytes);
    const { lines, times, types, ends, ownerOf } = this.#columns;
    const index = this.#count++;
    times[index] = event.timeNs;
    types[index] = EVENT_TYPES.indexOf(event.type) | (isKept ? 0 : SKIPPED);
    ownerOf[index] = owner;
    if (isKept) {
      const bytes = lines.write(line, this.#bytes);
      this.#bytes += bytes;
      this.#userBytes[user] = (this.#userBytes[user] ?? 0) + bytes;
    } else this.#skipped++;
    ends[index] = this.#bytes;
    return isKept;
  }

  get #size(): number {
    return this.#bytes + this.#count * EVENT_BYTES;
  }

  /** What has been collected since the last batch; it changes when more is added. */
  get collected(): EventColumns {
    const { times, types, ends, ownerOf, lines } = this.#columns;
    return {
      ...{ firstSeq: this.#firstSeq, count: this.#count, skipped: this.#skipped },
      ...{ times, types, ends, ownerOf },
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
    this.#count = this.#skipped = this.#bytes = 0;
    this.#owners = [];
    this.#ownersOf = new Map();
    this.#userOf = [];
    this.#users = new Map();
    this.#userBytes = [];
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
      this.#userOf.push(this.#userIndex(labels["username"] ?? ""));
      if (known === undefined) this.#ownersOf.set(labels, [index]);
      else known.push(index);
    }
    this.#latestOwner = index;
    return index;
  }

  #userIndex(user: string): number {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    this.#users.set(user, this.#userBytes.length);
    return this.#userBytes.push(0) - 1;
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
