import type { RecordedEvent } from "../../protocol/recordedEvent.ts";
import { gunzip } from "./gunzip.ts";
import { LogDecoder } from "./logDecoder.ts";
import type { LogInput } from "./logInput.ts";

/** A part of a log that was read. */
export interface LogBatch {
  /** Log lines, a newline after each; empty when the part held none. */
  readonly lines: string;
  /** So far, from the beginning. */
  readonly events: number;
  /** Lines, cells and elements that are no events. Blank lines don't count. */
  readonly otherLines: number;
  /** Of the file as it lies on disk. */
  readonly readBytes: number;
}

/** Of a batch's text, in UTF-16 units; one more chunk may come on top. */
const BATCH_LENGTH = 262_144;

/**
 * Reads a recorded log, plain or gzip, and gives out its events' lines in batches: the next part is read only when the
 * next batch is asked for. `visit` is told of each event and its JSON before the batch comes. Damage is thrown after
 * everything before it was given out; the last batch, or the one before the error, has the final counts.
 */
export async function* readLog(
  input: LogInput,
  visit?: (event: RecordedEvent, value: unknown) => void,
): AsyncGenerator<LogBatch, void> {
  let lines: string[] = [];
  let length = 0;
  let events = 0;
  let otherLines = 0;
  const decoder = new LogDecoder({
    event: (line, event, value) => {
      events++;
      lines.push(line, "\n");
      length += line.length;
      visit?.(event, value);
    },
    other: () => {
      otherLines++;
    },
  });
  const counted = countBytes(input.read());
  const batch = (): LogBatch => {
    const text = lines.join("");
    lines = [];
    length = 0;
    return { lines: text, events, otherLines, readBytes: counted.bytes };
  };

  let failure: unknown;
  let failed = false;
  const chunks = uncompressed(counted.chunks);
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array, void>;
      try {
        next = await chunks.next();
      } catch (error) {
        failure = error;
        failed = true;
        break;
      }
      if (next.done === true) break;
      decoder.push(next.value);
      if (length >= BATCH_LENGTH) yield batch();
    }
    decoder.end();
    yield batch();
  } finally {
    await chunks.return();
  }
  if (failed) throw failure;
}

function countBytes(source: AsyncIterable<Uint8Array>): {
  bytes: number;
  chunks: AsyncGenerator<Uint8Array, void>;
} {
  const counter = { bytes: 0, chunks: count() };
  async function* count(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of source) {
      counter.bytes += chunk.length;
      yield chunk;
    }
  }
  return counter;
}

/** Decompresses what begins with gzip's two bytes. */
async function* uncompressed(source: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 2) {
    const next = await source.next();
    if (next.done === true) break;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  const all = prepend(first, source);
  yield* first[0] === 0x1f && first[1] === 0x8b ? gunzip(all) : all;
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first;
  yield* rest;
}
