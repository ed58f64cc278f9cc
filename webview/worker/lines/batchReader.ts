import type { EventsWork } from "./arrivals.ts";

const LINES_BETWEEN_LOOKS = 20;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Is told where the lines of a packed batch begin and end. */
export interface PackedLines {
  beginPacked(packed: Uint8Array<ArrayBuffer>): void;
  endPacked(): void;
}

/** Takes a line of a source; `index`: in its batch, empty ones counted. It may throw. */
type ReadLine = (line: string, source: string, index: number) => void;

/** Reads the lines of a batch, which may take several turns; a line that fails is stepped over. */
export class BatchReader {
  readonly #packed: PackedLines;
  readonly #readLine: ReadLine;
  /** Of the batch that is being read. */
  #text: string | undefined;
  #at = 0;
  #index = 0;

  constructor(packed: PackedLines, readLine: ReadLine) {
    this.#packed = packed;
    this.#readLine = readLine;
  }

  /** Reads on in the batch until its end, or until `isTimeUp`, asked every few lines; whether it is at the end. */
  read(batch: EventsWork, isTimeUp: () => boolean): boolean {
    const text = this.#text ?? this.#begin(batch);
    let read = 0;
    while (this.#at < text.length) {
      const newline = text.indexOf("\n", this.#at);
      const end = newline === -1 ? text.length : newline;
      const line = text.slice(this.#at, end);
      const index = this.#index++;
      this.#at = end + 1;
      if (line === "") continue;
      this.#readLine(line, batch.source, index);
      if (++read % LINES_BETWEEN_LOOKS === 0 && isTimeUp()) return false;
    }
    if (batch.text !== undefined) this.#packed.endPacked();
    this.#text = undefined;
    return true;
  }

  #begin(batch: EventsWork): string {
    if (batch.text !== undefined) this.#packed.beginPacked(batch.lines);
    this.#at = 0;
    this.#index = 0;
    this.#text = batch.text ?? utf8.decode(batch.lines);
    return this.#text;
  }
}
