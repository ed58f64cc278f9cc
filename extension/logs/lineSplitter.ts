/**
 * Splits text that comes in parts into lines, without their ends. A line longer than the limit (in UTF-16 units) is
 * not kept; `tooLong` is told of it instead. It never holds more than one line.
 */
export class LineSplitter {
  readonly #maxLength: number;
  readonly #line: (line: string) => void;
  readonly #tooLong: () => void;
  #parts: string[] = [];
  #length = 0;

  constructor(maxLength: number, line: (line: string) => void, tooLong: () => void) {
    this.#maxLength = maxLength;
    this.#line = line;
    this.#tooLong = tooLong;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#keep(text.slice(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < text.length) this.#keep(text.slice(start));
  }

  /** Gives out the last line, where no newline ended it. */
  end(): void {
    if (this.#length > 0) this.#finish();
  }

  #keep(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#maxLength) this.#parts = [];
    else this.#parts.push(part);
  }

  #finish(): void {
    const [only = "", ...more] = this.#parts;
    const tooLong = this.#length > this.#maxLength;
    this.#parts = [];
    this.#length = 0;
    if (tooLong) {
      this.#tooLong();
      return;
    }
    const line = more.length === 0 ? only : only + more.join("");
    this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
