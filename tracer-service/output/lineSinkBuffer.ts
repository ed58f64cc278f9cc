const newline = 0x0a;
const initialBytes = 256 * 1024;
/** A buffer that grew beyond this, for a text of unusual size, is not kept once it is empty. */
const maxKeptBytes = 4 * 1024 * 1024;

/** UTF-8 needs at most this many bytes for one UTF-16 code unit. */
const maxBytesPerUnit = 3;

/** Whole lines, encoded and waiting to be written; knows where in which line the writer stands. */
export class LineSinkBuffer {
  // Encoding each line into place costs a quarter of joining strings and encoding them once.
  private bytes: Buffer = Buffer.allocUnsafeSlow(initialBytes);
  /** First byte that is not written yet. */
  private start = 0;
  /** Where the line that holds `start` begins; the part before `start` is kept, to be written again elsewhere. */
  private lineStart = 0;
  private end = 0;
  private appendedLines = 0;

  /** Bytes that are not written yet. */
  get pendingBytes(): number {
    return this.end - this.start;
  }

  /** Whether everything written so far was whole lines. */
  get atLineStart(): boolean {
    return this.start === this.lineStart;
  }

  /** Lines of which all is written. */
  get writtenLines(): number {
    return this.appendedLines - this.countPendingLines();
  }

  /** Adds text that ends with a newline; returns its length in bytes. */
  append(text: string): number {
    const room = this.bytes.length - this.end;
    if (room < text.length * maxBytesPerUnit) {
      const needed = Buffer.byteLength(text);
      if (room < needed) this.grow(needed);
    }
    const added = this.bytes.write(text, this.end);
    this.end += added;
    this.appendedLines += countLines(text);
    return added;
  }

  /**
   * The next bytes to write, at most `maxBytes`, and no further than the end of the current line if so asked.
   * They stay in place until `next` is called again: call it only when they are not being written any more.
   */
  next(maxBytes: number, toLineEnd: boolean): Uint8Array {
    if (this.lineStart > 0 && this.lineStart >= this.end - this.lineStart) {
      this.moveTo(this.bytes);
    }
    const lineEnd = toLineEnd ? this.bytes.indexOf(newline, this.start) + 1 : this.end;
    return this.bytes.subarray(this.start, Math.min(lineEnd, this.end, this.start + maxBytes));
  }

  /** Takes note that `byteCount` more bytes are written. */
  advance(byteCount: number): void {
    const last = this.bytes.subarray(this.start, this.start + byteCount).lastIndexOf(newline);
    if (last >= 0) {
      this.lineStart = this.start + last + 1;
    }
    this.start += byteCount;
    if (this.start === this.end) {
      this.reset();
    }
  }

  /** Goes back to the beginning of the current line, to write all of it to another file. */
  restartLine(): void {
    this.start = this.lineStart;
  }

  /** Counts the lines of which at least the newline is not written yet. */
  countPendingLines(): number {
    const pending = this.bytes.subarray(this.start, this.end);
    let lines = 0;
    for (let at = pending.indexOf(newline); at !== -1; at = pending.indexOf(newline, at + 1)) {
      lines += 1;
    }
    return lines;
  }

  /** Makes room in a new buffer: a write may be reading from the old one. */
  private grow(neededBytes: number): void {
    // More than half of the old one is in use, or `next` would have moved it to the beginning.
    const required = this.end - this.lineStart + neededBytes;
    this.moveTo(Buffer.allocUnsafeSlow(Math.max(this.bytes.length, required) * 2));
  }

  /** Moves what is still needed to the beginning of `target`. */
  private moveTo(target: Buffer): void {
    this.bytes.copy(target, 0, this.lineStart, this.end);
    this.bytes = target;
    this.start -= this.lineStart;
    this.end -= this.lineStart;
    this.lineStart = 0;
  }

  private reset(): void {
    this.start = 0;
    this.lineStart = 0;
    this.end = 0;
    if (this.bytes.length > maxKeptBytes) {
      this.bytes = Buffer.allocUnsafeSlow(initialBytes);
    }
  }
}

/** Of text that ends with a newline; looked for in the text, which costs a third of looking in the bytes. */
function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at < text.length - 1; at = text.indexOf("\n", at + 1)) {
    lines += 1;
  }
  return lines;
}
