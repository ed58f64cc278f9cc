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

  /** Bytes that are not written yet. */
  get pendingBytes(): number {
    return this.end - this.start;
  }

  /** Whether everything written so far was whole lines. */
  get atLineStart(): boolean {
    return this.start === this.lineStart;
  }

  /** Adds text that ends with a newline; returns its length in bytes. */
  append(text: string): number {
    let room = this.bytes.length - this.end;
    if (room < text.length * maxBytesPerUnit) {
      const needed = Buffer.byteLength(text);
      if (room < needed) {
        this.grow(needed);
        room = this.bytes.length - this.end;
      }
    }
    const added = this.bytes.write(text, this.end, room);
    this.end += added;
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

  /** Takes note that `byteCount` more bytes are written; returns how many lines that completed. */
  advance(byteCount: number): number {
    const written = this.bytes.subarray(this.start, this.start + byteCount);
    const lines = countNewlines(written);
    if (lines > 0) {
      this.lineStart = this.start + written.lastIndexOf(newline) + 1;
    }
    this.start += byteCount;
    if (this.start === this.end) {
      this.reset();
    }
    return lines;
  }

  /** Goes back to the beginning of the current line, to write all of it to another file. */
  restartLine(): void {
    this.start = this.lineStart;
  }

  /** Counts the lines of which at least the newline is not written yet. */
  countPendingLines(): number {
    return countNewlines(this.bytes.subarray(this.start, this.end));
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

function countNewlines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    lines += 1;
  }
  return lines;
}
