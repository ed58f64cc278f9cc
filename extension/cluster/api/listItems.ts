import { ApiError } from "./apiError.ts";
import { asObject, type Json } from "./json.ts";
import { KeptJson } from "./keptJson.ts";
import { toBytes, type Wanted, type WantedBytes, wantedMember } from "./wantedParts.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** A name of that many bytes is none of the API server's. */
const MAX_NAME_BYTES = 64 * 1024;

/** An object or a list of which perhaps only a part is wanted, and whose end has not come. */
interface Level {
  readonly isList: boolean;
  /** Of its members, or of each of its items. */
  readonly wanted: WantedBytes;
  /** Whether anything in it was kept. */
  isBegun: boolean;
}

/** Of what is around the items everything is kept; this one member is where they are. */
const ITEMS = toBytes({ items: true });

/**
 * Finds the items in a list of the API server that comes in parts, and gives of each what is wanted as soon as it is whole.
 * What is held does not grow with the list, and of what is not wanted nothing is made. Throws an `ApiError` at what is too long
 * or no list.
 */
export class ListItems {
  readonly #give: (item: Json) => void;
  readonly #wanted: WantedBytes;
  /** What is around the items. */
  readonly #frame = new KeptJson();
  readonly #item = new KeptJson();
  readonly #levels: Level[] = [];
  #isBegun = false;
  /** The list of the items, from its beginning to its end. */
  #items: Level | undefined;
  /** In an object: whether the name of a member was read, and what is wanted of its value. */
  #isNamed = false;
  #nextWanted: WantedBytes | undefined;
  #nextIsItems = false;
  /** The beginning of a name whose end has not come. */
  #rest: Buffer | undefined;
  /** Within a value that is kept or left out whole. */
  #inValue = false;
  #keeps = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(give: (item: Json) => void, wanted: Wanted = true) {
    this.#give = give;
    this.#wanted = toBytes(wanted);
  }

  push(part: Buffer): void {
    const chunk = this.#rest === undefined ? part : Buffer.concat([this.#rest, part]);
    this.#rest = undefined;
    let at = 0;
    while (at < chunk.length) at = this.#inValue ? this.#readValue(chunk, at) : this.#readBetween(chunk, at);
  }

  /** The answer without its items, once all of it has come. */
  end(): Json {
    if (!this.#isBegun || this.#levels.length > 0) throw noList();
    return asObject(this.#frame.take());
  }

  get #kept(): KeptJson {
    return this.#items === undefined ? this.#frame : this.#item;
  }

  /** What is between two values; gives where to go on, as the others do. */
  #readBetween(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? SPACE;
    if (byte <= SPACE || byte === COMMA || byte === COLON) return at + 1;
    const level = this.#levels.at(-1);
    if (level === undefined) {
      if (this.#isBegun || byte !== OBJECT) throw noList();
      this.#isBegun = true;
      return this.#open(byte, true, at);
    }
    if (byte === OBJECT_END || byte === LIST_END) return this.#close(level, byte, at);
    if (!level.isList && !this.#isNamed) return this.#readName(level, chunk, at);
    return this.#beginValue(level, byte, at);
  }

  #readName(level: Level, chunk: Buffer, at: number): number {
    if (chunk[at] !== QUOTE) throw noList();
    const end = endOfName(chunk, at + 1);
    if (end === undefined) {
      // Copied, so that it does not keep the whole chunk in memory.
      this.#rest = Buffer.from(chunk.subarray(at));
      if (this.#rest.length > MAX_NAME_BYTES) throw noList();
      return chunk.length;
    }
    const isFrame = this.#levels.length === 1;
    this.#nextIsItems = isFrame && wantedMember(ITEMS, chunk, at + 1, end) !== undefined;
    this.#nextWanted = isFrame ? true : wantedMember(level.wanted, chunk, at + 1, end);
    this.#isNamed = true;
    if (this.#nextWanted !== undefined) {
      this.#separate(level);
      this.#kept.add(chunk, at, end + 1);
      this.#kept.addByte(COLON);
    }
    return end + 1;
  }

  #beginValue(level: Level, byte: number, at: number): number {
    if (this.#nextIsItems && !level.isList && byte === LIST) {
      const next = this.#open(byte, this.#wanted, at);
      this.#items = this.#levels.at(-1);
      return next;
    }
    const wanted = level.isList ? level.wanted : this.#nextWanted;
    // Items are taken one by one, so nothing separates them.
    if (level.isList && level !== this.#items) this.#separate(level);
    if (wanted !== undefined && wanted !== true && (byte === OBJECT || byte === LIST)) {
      return this.#open(byte, wanted, at);
    }
    this.#inValue = true;
    this.#keeps = wanted !== undefined;
    this.#depth = 0;
    return at;
  }

  /** To the end of the value or of the chunk. */
  #readValue(chunk: Buffer, from: number): number {
    // Each byte passes here: locals are several times faster than fields.
    let inString = this.#inString;
    let escaped = this.#escaped;
    let depth = this.#depth;
    let at = from;
    let ended = false;
    for (; at < chunk.length && !ended; at++) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          ended = depth === 0;
        }
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OBJECT || byte === LIST) {
        depth++;
      } else if (byte === OBJECT_END || byte === LIST_END) {
        // A number or a word has no end of its own: this is that of what it is in.
        if (depth === 0) break;
        depth--;
        ended = depth === 0;
      } else if (byte === COMMA && depth === 0) {
        break;
      }
    }
    this.#inString = inString;
    this.#escaped = escaped;
    this.#depth = depth;
    if (this.#keeps) this.#kept.add(chunk, from, at);
    if (ended || at < chunk.length) {
      this.#inValue = false;
      this.#ended();
    }
    return at;
  }

  #open(byte: number, wanted: WantedBytes, at: number): number {
    this.#kept.addByte(byte);
    this.#levels.push({ isList: byte === LIST, wanted, isBegun: false });
    this.#isNamed = this.#nextIsItems = false;
    return at + 1;
  }

  #close(level: Level, byte: number, at: number): number {
    if (level.isList !== (byte === LIST_END)) throw noList();
    this.#levels.pop();
    if (level === this.#items) this.#items = undefined;
    this.#kept.addByte(byte);
    this.#ended();
    return at + 1;
  }

  #ended(): void {
    this.#isNamed = this.#nextIsItems = false;
    if (this.#items !== undefined && this.#levels.at(-1) === this.#items)
      this.#give(asObject(this.#item.take()));
  }

  #separate(level: Level): void {
    if (level.isBegun) this.#kept.addByte(COMMA);
    level.isBegun = true;
  }
}

/** Where the quote is that ends it; undefined: it has not come. */
function endOfName(chunk: Buffer, from: number): number | undefined {
  for (let at = from; at < chunk.length; at++) {
    if (chunk[at] === BACKSLASH) at++;
    else if (chunk[at] === QUOTE) return at;
  }
  return undefined;
}

function noList(): ApiError {
  return new ApiError((t) => t("the API server sent a list that is no JSON or has no end"), 0);
}
