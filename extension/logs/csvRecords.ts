/** What the reader tells of the records it finds. */
export interface RecordVisitor {
  record(fields: readonly string[]): void;
  /** A record that was too long. */
  tooLong(): void;
}

/**
 * Reads comma-separated values (RFC 4180) that come in parts: quoted fields may hold commas, doubled quotes and line
 * ends. It never holds more than one record; of a longer one (in UTF-16 units) nothing is kept. Empty lines are nothing.
 */
export class CsvRecords {
  readonly #maxLength: number;
  readonly #visitor: RecordVisitor;
  #fields: string[] = [];
  #field = "";
  #length = 0;
  #quoted = false;
  /** A quote came within a quoted field: its end, or the first of two. */
  #quoteSeen = false;

  constructor(maxLength: number, visitor: RecordVisitor) {
    this.#maxLength = maxLength;
    this.#visitor = visitor;
  }

  push(text: string): void {
    let at = 0;
    while (at < text.length) {
      if (this.#quoteSeen) {
        this.#quoteSeen = false;
        if (text[at] === '"') {
          this.#add('"');
          at++;
          continue;
        }
        this.#quoted = false;
      }
      if (this.#quoted) {
        const quote = text.indexOf('"', at);
        this.#add(text.slice(at, quote === -1 ? text.length : quote));
        if (quote === -1) return;
        this.#quoteSeen = true;
        at = quote + 1;
        continue;
      }
      at = this.#plain(text, at);
    }
  }

  /** Gives out the last record, where no line end followed it; an open quote ends with it. */
  end(): void {
    this.#quoted = this.#quoteSeen = false;
    this.#endRecord();
  }

  /** Takes characters up to the next one that means something; returns where the rest begins. */
  #plain(text: string, from: number): number {
    let at = from;
    while (at < text.length) {
      const character = text[at];
      if (character === "," || character === "\n" || character === '"') break;
      at++;
    }
    if (at > from) this.#add(text.slice(from, at));
    switch (text[at] ?? "") {
      case ",":
        this.#endField();
        this.#length++;
        return at + 1;
      case "\n":
        this.#endRecord();
        return at + 1;
      case '"':
        // Within a field that has begun without one it means itself.
        if (this.#field === "") this.#quoted = true;
        else this.#add('"');
        return at + 1;
      default:
        return at;
    }
  }

  #add(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#maxLength) {
      this.#field = "";
      this.#fields = [];
    } else {
      this.#field += part;
    }
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = "";
  }

  #endRecord(): void {
    if (this.#length > this.#maxLength) {
      this.#visitor.tooLong();
    } else {
      if (this.#field.endsWith("\r")) this.#field = this.#field.slice(0, -1);
      if (this.#field !== "" || this.#fields.length > 0) {
        this.#endField();
        this.#visitor.record(this.#fields);
      }
    }
    this.#fields = [];
    this.#field = "";
    this.#length = 0;
  }
}
