import type { GapMessage } from "../../protocol/stream.ts";
import type { EventLines } from "../../protocol/webviewMessages.ts";
import type { EventSink } from "../source/eventSource.ts";
import type { PackLines } from "./packLines.ts";

/** Bounds of what the view has got and not yet answered, per source. Lengths are bytes of lines that are not packed. */
export const MAX_UNANSWERED_LENGTH = 8 * 1024 * 1024;
export const MAX_UNANSWERED_BATCHES = 256;

/** Longest batch, unless one line alone is longer: the view stays able to act between two. */
export const MAX_BATCH_LENGTH = 512 * 1024;

/** From this length on batches are packed, bytes: the wait for it would be seen more than what it spares of a smaller one. */
export const PACKED_FROM_LENGTH = 64 * 1024;

const NEWLINE = 0x0a;

/** Where a source's events go. */
export interface BatchFlowOutput {
  /** Gives the number by which the view will answer. */
  batch(lines: EventLines): number;
  gap(gap: GapMessage): void;
}

/** What waits to be sent. */
type Waiting =
  | { readonly type: "gap"; readonly gap: GapMessage }
  | {
      readonly type: "batch";
      readonly length: number;
      content: EventLines;
      /** What is left to be done before it can be sent. */
      packing: "none" | "due" | "begun";
      readonly sent: () => void;
    };

/**
 * Hands one source's events to the view in numbered batches, the large ones packed, and lets the source wait while too many are
 * unanswered.
 */
export class BatchFlow implements EventSink {
  readonly #output: BatchFlowOutput;
  readonly #pack: PackLines | undefined;
  /** Lengths of the batches without an answer, by number. */
  readonly #unanswered = new Map<number, number>();
  #unansweredLength = 0;
  /** In order. */
  readonly #waiting: Waiting[] = [];
  #closed = false;

  /** Without `pack` lines are sent as they are. */
  constructor(output: BatchFlowOutput, pack?: PackLines) {
    this.#output = output;
    this.#pack = pack;
  }

  events(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    return new Promise((resolve) => {
      const batches = splitBatches(lines);
      batches.forEach((batch, index) => {
        this.#waiting.push({
          type: "batch",
          length: batch.length,
          content: { lines: batch },
          packing: this.#pack !== undefined && batch.length >= PACKED_FROM_LENGTH ? "due" : "none",
          sent: index === batches.length - 1 ? resolve : () => undefined,
        });
      });
      if (batches.length === 0) resolve();
      this.#drain();
    });
  }

  gap(gap: GapMessage): void {
    this.#waiting.push({ type: "gap", gap });
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
      const [next] = this.#waiting;
      if (next === undefined || this.#isBeingPacked(next)) return;
      this.#waiting.shift();
      if (!this.#closed) this.#send(next);
      if (next.type === "batch") next.sent();
    }
  }

  #hasRoom(): boolean {
    return this.#unansweredLength < MAX_UNANSWERED_LENGTH && this.#unanswered.size < MAX_UNANSWERED_BATCHES;
  }

  /** Begins with it where it is due; what comes later waits. */
  #isBeingPacked(next: Waiting): boolean {
    if (this.#closed || next.type === "gap" || next.packing === "none" || this.#pack === undefined)
      return false;
    if (next.packing === "begun") return true;
    next.packing = "begun";
    const { lines } = next.content;
    void this.#pack(lines)
      .then((packed) => {
        next.content = { lines: packed, unpackedLength: lines.length, unpackedLines: countLines(lines) };
      })
      // Then it is sent as it is.
      .catch(() => undefined)
      .then(() => {
        next.packing = "none";
        this.#drain();
      });
    return true;
  }

  #send(next: Waiting): void {
    if (next.type === "gap") {
      this.#output.gap(next.gap);
      return;
    }
    this.#unanswered.set(this.#output.batch(next.content), next.length);
    this.#unansweredLength += next.length;
  }
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count++;
  return count;
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
