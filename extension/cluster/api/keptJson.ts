import { ApiError } from "./apiError.ts";

/** An object has at most 1.5 MB in etcd, and six times that as JSON, which has `<` as `\u003c`. */
export const MAX_OBJECT_LENGTH = 16 * 1024 * 1024;
const FIRST_BYTES = 16 * 1024;

/** JSON that comes in parts, in memory that is used again for the next. */
export class KeptJson {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  addByte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1);
    this.#bytes[this.#length++] = byte;
  }

  /** Throws an `ApiError` when it becomes longer than any object may be. */
  add(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) this.#grow(length);
    chunk.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  /** The value that it is, and begins anew. Throws an `ApiError` where it is none. */
  take(): unknown {
    const text = this.#bytes.toString("utf8", 0, this.#length);
    this.#length = 0;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new ApiError(
        (t) => t("the API server sent a list that is no JSON or has no end"),
        0,
        undefined,
        error,
      );
    }
  }

  #grow(length: number): void {
    if (length > MAX_OBJECT_LENGTH)
      throw new ApiError((t) => t("the API server sent an object that is too long"), 0);
    const larger = Buffer.allocUnsafeSlow(
      Math.min(MAX_OBJECT_LENGTH, Math.max(length, 2 * this.#bytes.length)),
    );
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
