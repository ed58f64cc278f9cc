import { ApiError } from "./apiError.ts";
import { asObject, type Json } from "./json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** The list is in the object of the answer, and an item in the list. */
const LIST_DEPTH = 2;
/** Of an item, and of all that is around the items: an object has at most 1.5 MB in etcd. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Finds the items in a list of the API server that comes in parts, and gives each as soon as it is whole: what is held
 * does not grow with the list. Throws an `ApiError` at what is too long or no list.
 */
export class ListItems {
  readonly #give: (item: Json) => void;
  /** What is around the items. */
  readonly #frame = new Parts();
  /** What there is of an item whose end has not come. */
  readonly #item = new Parts();
  #depth = 0;
  #inList = false;
  #inString = false;
  #escaped = false;

  constructor(give: (item: Json) => void) {
    this.#give = give;
  }

  push(chunk: Buffer): void {
    // Each byte passes here: locals are several times faster than fields.
    let inString = this.#inString;
    let escaped = this.#escaped;
    let depth = this.#depth;
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OBJECT || byte === LIST) {
        depth++;
        if (depth === LIST_DEPTH && byte === LIST) {
          this.#frame.add(chunk.subarray(start, at + 1));
          this.#inList = true;
        } else if (depth === LIST_DEPTH + 1 && this.#inList) {
          start = at;
        }
      } else if (byte === OBJECT_END || byte === LIST_END) {
        depth--;
        if (depth === LIST_DEPTH && this.#inList) {
          this.#give(asObject(this.#item.take(chunk.subarray(start, at + 1))));
        } else if (depth === LIST_DEPTH - 1 && this.#inList) {
          this.#inList = false;
          start = at;
        }
      }
    }
    this.#inString = inString;
    this.#escaped = escaped;
    this.#depth = depth;
    if (!this.#inList) this.#frame.add(chunk.subarray(start));
    else if (depth > LIST_DEPTH) this.#item.add(chunk.subarray(start));
  }

  /** The answer without its items, once all of it has come. */
  end(): Json {
    return asObject(this.#frame.take(Buffer.alloc(0)));
  }
}

/** JSON in parts. */
class Parts {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** Copies it, so that it does not keep the whole chunk in memory. */
  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_BYTES) throw new ApiError("the API server sent an object that is too long", 0);
    this.#parts.push(Buffer.from(part));
  }

  /** The value that ends with this part. */
  take(last: Buffer): unknown {
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    try {
      return JSON.parse(bytes.toString("utf8")) as unknown;
    } catch (error) {
      throw new ApiError("the API server sent a list that is no JSON or has no end", 0, undefined, error);
    }
  }
}
