const LINES_BETWEEN_LOOKS = 20;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads the lines of a batch, which may take several turns; a line that fails is stepped over. */
export class BatchReader {
  readonly #readLine: (line: string, source: string) => void;
  /** Of the batch that is being read. */
  #text: string | undefined;
  #at = 0;

  constructor(readLine: (line: string, source: string) => void) {
    this.#readLine = readLine;
  }

  /** Reads on in the batch, UTF-8, until its end or until `isTimeUp`, asked every few lines; whether it is at the end. */
  read(batch: Uint8Array, source: string, isTimeUp: () => boolean): boolean {
    const text = (this.#text ??= utf8.decode(batch));
    let read = 0;
    while (this.#at < text.length) {
      const newline = text.indexOf("\n", this.#at);
      const end = newline === -1 ? text.length : newline;
      const line = text.slice(this.#at, end);
      this.#at = end + 1;
      if (line === "") continue;
      this.#readLine(line, source);
      if (++read % LINES_BETWEEN_LOOKS === 0 && isTimeUp()) return false;
    }
    this.#text = undefined;
    this.#at = 0;
    return true;
  }
}
