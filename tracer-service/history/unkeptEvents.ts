import type { KeptEvent } from "../stream/keptEvent.ts";
import type { RecentEvents } from "../stream/recentEvents.ts";
import { SKIPPED, type EventColumns, type HistoryBatch } from "./historyBatch.ts";
import { EVENT_TYPES } from "./historyChunk.ts";

/** Events that are made of what is kept as bytes in one go. */
const READ_EVENTS = 1_024;

interface Unkept {
  readonly batch: HistoryBatch;
  failed: boolean;
}

/**
 * The events that are not in the database: those on their way there, and the latest of those that never came there. All
 * others can be read from it.
 */
export class UnkeptEvents implements RecentEvents {
  readonly #collected: () => EventColumns;
  readonly #maxBytes: number;
  readonly #unkept: Unkept[] = [];
  #bytes = 0;

  /** `collected`: what will be the next batch. `maxBytes`: of those that never came there. */
  constructor(collected: () => EventColumns, maxBytes: number) {
    this.#collected = collected;
    this.#maxBytes = maxBytes;
  }

  get oldestSeq(): number {
    for (const { firstSeq, count } of this.#all()) if (count > 0) return firstSeq;
    return 0;
  }

  get bytes(): number {
    return this.#bytes + this.#collected().lines.length;
  }

  /** Takes a batch that is to be kept. */
  add(batch: HistoryBatch): void {
    this.#unkept.push({ batch, failed: false });
    this.#bytes += batch.lines.length;
  }

  /** The batch is in the database. */
  kept(batch: HistoryBatch): void {
    this.#remove(this.#unkept.findIndex((each) => each.batch === batch));
  }

  /** The batch will never be in the database. */
  failed(batch: HistoryBatch): void {
    const unkept = this.#unkept.find((each) => each.batch === batch);
    if (unkept !== undefined) unkept.failed = true;
    while (this.#bytes > this.#maxBytes) {
      if (!this.#remove(this.#unkept.findIndex((each) => each.failed))) break;
    }
  }

  nextSeq(seq: number): number | undefined {
    for (const { firstSeq, count, types } of this.#all()) {
      for (let next = Math.max(seq, firstSeq); next < firstSeq + count; next++)
        if (!isSkipped(types[next - firstSeq])) return next;
    }
    return undefined;
  }

  seqBefore(timeNs: bigint): number | undefined {
    let before: number | undefined;
    for (const { firstSeq, count, times } of this.#all()) {
      if (count === 0) continue;
      const index = times.subarray(0, count).findIndex((each) => each >= timeNs);
      if (index === 0) return before;
      if (index > 0) return firstSeq + index - 1;
      before = firstSeq + count - 1;
    }
    return before;
  }

  read(seq: number): Promise<readonly KeptEvent[]> {
    const columns = this.#all().find(({ firstSeq, count }) => firstSeq <= seq && seq < firstSeq + count);
    return Promise.resolve(columns === undefined ? [] : eventsOf(columns, seq - columns.firstSeq));
  }

  #all(): EventColumns[] {
    return [...this.#unkept.map(({ batch }) => batch), this.#collected()];
  }

  #remove(index: number): boolean {
    const [removed] = index < 0 ? [] : this.#unkept.splice(index, 1);
    this.#bytes -= removed?.batch.lines.length ?? 0;
    return removed !== undefined;
  }
}

function eventsOf(
  { firstSeq, count, times, types, ends, ownerOf, lines, owners }: EventColumns,
  from: number,
): KeptEvent[] {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
  const events: KeptEvent[] = [];
  for (let index = from; index < Math.min(count, from + READ_EVENTS); index++) {
    // Of one that is not to be kept only the number is here: the history tells that it is missing.
    if (isSkipped(types[index])) break;
    const [timeNs, type, owner] = [times[index], EVENT_TYPES[types[index] ?? 0], owners[ownerOf[index] ?? 0]];
    if (timeNs === undefined || type === undefined || owner === undefined) break;
    const line = bytes.toString("utf8", index === 0 ? 0 : ends[index - 1], ends[index]);
    events.push({
      seq: firstSeq + index,
      timeNs,
      type,
      labels: owner.labels,
      namespace: owner.namespace,
      line,
    });
  }
  return events;
}

function isSkipped(type: number | undefined): boolean {
  return ((type ?? 0) & SKIPPED) !== 0;
}
