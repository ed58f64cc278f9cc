/** What the scan tells of the elements it finds. */
export interface ElementVisitor {
  /** The JSON of an element, on one line. */
  element(text: string): void;
  /** Something that is no object or list, was too long, or did not end. */
  other(): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const SPACE = 0x20;

/** A line end can stand only between tokens, so nothing is lost with it. */
const LINE_ENDS = /[\r\n]+[ \t]*/g;

/**
 * Finds the records in JSON documents of any size that come in parts, without holding more than one record: the
 * elements of a list, those of the lists of records within an object (`{"events":[…]}`), or an object without such a
 * list. Documents may follow each other.
 */
export class JsonElements {
  readonly #maxLength: number;
  readonly #visitor: ElementVisitor;
  #depth = 0;
  /** Whether the document is an object. */
  #rootIsObject = false;
  /** Depth whose values are records; 0: outside of documents, -1: no list of records is open. */
  #recordDepth = 0;
  /** A list directly in the document's object has begun; whether it holds records is told by its first value. */
  #listBegan = false;
  #inString = false;
  #escaped = false;
  /** At the depth of records, a value that is no object or list. */
  #scalar = false;
  /** Between documents, something that is no JSON. */
  #junk = false;
  #capturing = false;
  #parts: string[] = [];
  #length = 0;

  constructor(maxLength: number, visitor: ElementVisitor) {
    this.#maxLength = maxLength;
    this.#visitor = visitor;
  }

  push(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (this.#inString) {
        if (unit === NEWLINE) {
          this.#restart();
        } else if (this.#escaped) {
          this.#escaped = false;
        } else if (unit === BACKSLASH) {
          this.#escaped = true;
        } else if (unit === QUOTE) {
          this.#inString = false;
        }
        continue;
      }
      if (unit <= SPACE) {
        if (unit === NEWLINE && this.#junk) this.#restart();
        continue;
      }
      if (this.#junk) continue;
      switch (unit) {
        case OBJECT:
        case LIST:
          if (this.#open(unit)) start = at;
          break;
        case OBJECT_END:
        case LIST_END:
          this.#close(text, start, at + 1);
          break;
        case COMMA:
          this.#endScalar();
          break;
        default:
          this.#value(unit);
      }
    }
    if (this.#capturing) this.#keep(text.slice(start));
  }

  /** Counts what did not end. */
  end(): void {
    if (this.#depth > 0 || this.#junk) this.#restart();
  }

  /** Says whether a record begins here. */
  #open(unit: number): boolean {
    this.#depth++;
    if (this.#depth === 1) {
      this.#rootIsObject = unit === OBJECT;
      this.#recordDepth = this.#rootIsObject ? -1 : 1;
      this.#capturing = this.#rootIsObject;
      return this.#capturing;
    }
    if (this.#listBegan) {
      // Records of their own: the object around them is none.
      this.#listBegan = false;
      this.#recordDepth = 2;
      this.#drop();
    } else if (this.#depth === 2 && this.#rootIsObject) {
      this.#listBegan = unit === LIST;
    }
    if (this.#depth !== this.#recordDepth + 1) return false;
    this.#capturing = true;
    return true;
  }

  #close(text: string, start: number, end: number): void {
    if (this.#depth === 0) {
      this.#junk = true;
      return;
    }
    this.#endScalar();
    this.#listBegan = false;
    this.#depth--;
    if (this.#capturing && (this.#depth === this.#recordDepth || this.#depth === 0)) {
      this.#keep(text.slice(start, end));
      this.#give();
    }
    if (this.#depth === 0) this.#recordDepth = 0;
    else if (this.#depth === 1 && this.#rootIsObject) this.#recordDepth = -1;
  }

  #value(unit: number): void {
    if (this.#depth === 0) {
      this.#junk = true;
      return;
    }
    this.#listBegan = false;
    if (this.#depth === this.#recordDepth) this.#scalar = true;
    this.#inString = unit === QUOTE;
  }

  #endScalar(): void {
    if (this.#scalar && this.#depth === this.#recordDepth) {
      this.#scalar = false;
      this.#visitor.other();
    }
  }

  #keep(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#maxLength) this.#parts = [];
    else this.#parts.push(part);
  }

  #give(): void {
    const text = this.#length > this.#maxLength ? undefined : this.#parts.join("");
    this.#drop();
    if (text === undefined) this.#visitor.other();
    else this.#visitor.element(text.replace(LINE_ENDS, ""));
  }

  #drop(): void {
    this.#capturing = false;
    this.#parts = [];
    this.#length = 0;
  }

  /** What came is no JSON, or does not end: the next line may be. */
  #restart(): void {
    this.#drop();
    this.#depth = 0;
    this.#recordDepth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#scalar = false;
    this.#listBegan = false;
    this.#junk = false;
    this.#visitor.other();
  }
}
