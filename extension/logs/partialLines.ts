/**
 * Joins the parts into which a container runtime splits long lines, for each output stream on its own. What exceeds
 * the limit (in UTF-16 units) is dropped, and its line is then undefined.
 */
export class PartialLines {
  readonly #maxLength: number;
  readonly #pending = new Map<string, { parts: string[]; length: number }>();

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Lines begun and not ended. */
  get size(): number {
    return this.#pending.size;
  }

  has(stream: string): boolean {
    return this.#pending.has(stream);
  }

  /** Keeps a part that others follow. */
  add(stream: string, part: string): void {
    let pending = this.#pending.get(stream);
    if (pending === undefined) this.#pending.set(stream, (pending = { parts: [], length: 0 }));
    pending.length += part.length;
    if (pending.length > this.#maxLength) pending.parts = [];
    else pending.parts.push(part);
  }

  /** The whole line, of which this is the last part; undefined when it was too long. */
  finish(stream: string, part: string): string | undefined {
    const pending = this.#pending.get(stream);
    if (pending === undefined) return part;
    this.#pending.delete(stream);
    if (pending.length + part.length > this.#maxLength) return undefined;
    return pending.parts.join("") + part;
  }
}
