import type { GapMessage } from "../../protocol/stream.ts";
import type { EventSink } from "../source/eventSource.ts";

/** Bounds of what the view has got and not yet answered, per source. Lengths are bytes. */
export const MAX_UNANSWERED_LENGTH = 8 * 1024 * 1024;
export const MAX_UNANSWERED_BATCHES = 256;

/** Longest batch, unless one line alone is longer: the view stays able to act between two. */
export const MAX_BATCH_LENGTH = 512 * 1024;

const NEWLINE = 0x0a;

/** Where a source's events go. */
export interface BatchFlowOutput {
  /** Gives the number by which the view will answer. */
  batch(lines: Uint8Array<ArrayBuffer>): number;
  gap(gap: GapMessage): void;
}

/** Hands one source's events to the view in numbered batches, and lets the source wait while too many are unanswered. */
export class BatchFlow implements EventSink {
  readonly #output: BatchFlowOutput;
  /** Lengths of the batches without an answer, by number. */
  readonly #unanswered = new Map<number, number>();
  #unansweredLength = 0;
  /** What waits, in order. */
  #waiting: { readonly send: () => void; readonly sent: () => void }[] = [];
  #closed = false;

  constructor(output: BatchFlowOutput) {
    this.#output = output;
  }

  events(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    return new Promise((resolve) => {
      const batches = splitBatches(lines);
      batches.forEach((batch, index) => {
        this.#waiting.push({
          send: () => {
            this.#send(batch);
          },
          sent: () => {
            if (index === batches.length - 1) resolve();
          },
        });
      });
      if (batches.length === 0) resolve();
      this.#drain();
    });
  }

  gap(gap: GapMessage): void {
    this.#waiting.push({
      send: () => {
        this.#output.gap(gap);
      },
      sent: () => undefined,
    });
    this.#drain();
  }

  /** The view has taken this batch in; other numbers mean nothing. */
  consumed(batch: number): void {
    const length = this.#unanswered.get(batch);
    if (length === undefined) return;
    this.#unanswered.delete(batch);
    this.#unansweredLength -= length;
    this.#drain();
  }

  /** Sends nothing more; nobody is left waiting. */
  close(): void {
    this.#closed = true;
    this.#drain();
  }

  #drain(): void {
    while (this.#closed || this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (!this.#closed) next.send();
      next.sent();
    }
  }

  #hasRoom(): boolean {
    return this.#unansweredLength < MAX_UNANSWERED_LENGTH && this.#unanswered.size < MAX_UNANSWERED_BATCHES;
  }

  #send(lines: Uint8Array<ArrayBuffer>): void {
    this.#unanswered.set(this.#output.batch(lines), lines.length);
    this.#unansweredLength += lines.length;
  }
}

/** Whole lines, in order, each part in a buffer of its own; each ends with a newline. */
function splitBatches(lines: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  if (lines.length <= MAX_BATCH_LENGTH) return lines.length === 0 ? [] : [lines];
  const batches: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  while (from < lines.length) {
    let end = lines.length;
    if (end - from > MAX_BATCH_LENGTH) {
      const before = lines.lastIndexOf(NEWLINE, from + MAX_BATCH_LENGTH - 1);
      const newline = before >= from ? before : lines.indexOf(NEWLINE, from);
      if (newline >= 0) end = newline + 1;
    }
    batches.push(lines.slice(from, end));
    from = end;
  }
  return batches;
}
