import { TextDecoder } from "node:util";

import { MAX_RECORDED_LINE } from "../../protocol/parseRecordedEvent.ts";
import { CsvRecords } from "./csvRecords.ts";
import { JsonElements } from "./jsonElements.ts";
import { LineSplitter } from "./lineSplitter.ts";
import { LineUnwrapper } from "./lineUnwrapper.ts";
import { FORMAT_HEAD, logFormat } from "./logFormat.ts";
import type { LogVisitor } from "./logVisitor.ts";

/** Text between the parts of a log: prefixes, escapes within escapes. */
const MAX_WRAPPED_LINE = 2 * MAX_RECORDED_LINE;

interface TextReader {
  push(text: string): void;
  end(): void;
}

/**
 * Decodes a log that comes in parts, of any format that `LineUnwrapper`, `JsonElements` and `CsvRecords` read. The
 * text is UTF-8, or UTF-16 with a byte order mark, as Windows' shell redirects it.
 */
export class LogDecoder {
  readonly #visitor: LogVisitor;
  readonly #unwrapper: LineUnwrapper;
  #decoder: TextDecoder | undefined;
  #firstByte: Uint8Array | undefined;
  #head = "";
  #reader: TextReader | undefined;

  constructor(visitor: LogVisitor) {
    this.#visitor = visitor;
    this.#unwrapper = new LineUnwrapper(visitor);
  }

  push(bytes: Uint8Array): void {
    let chunk = bytes;
    if (this.#firstByte !== undefined) {
      chunk = new Uint8Array(bytes.length + 1);
      chunk.set(this.#firstByte);
      chunk.set(bytes, 1);
      this.#firstByte = undefined;
    }
    if (this.#decoder === undefined) {
      if (chunk.length === 0) return;
      if (chunk.length === 1) {
        // Too short for a byte order mark.
        this.#firstByte = chunk.slice();
        return;
      }
      this.#decoder = decoderFor(chunk);
    }
    this.#text(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Gives out what is left at the end of the log. */
  end(): void {
    this.#decoder ??= new TextDecoder();
    this.#text(this.#decoder.decode(this.#firstByte));
    this.#begin().end();
    this.#unwrapper.end();
  }

  #text(text: string): void {
    if (this.#reader !== undefined) {
      this.#reader.push(text);
    } else {
      this.#head += text;
      if (this.#head.length >= FORMAT_HEAD) this.#begin();
    }
  }

  #begin(): TextReader {
    if (this.#reader !== undefined) return this.#reader;
    const reader = this.#readerFor(this.#head);
    this.#reader = reader;
    reader.push(this.#head);
    this.#head = "";
    return reader;
  }

  #readerFor(head: string): TextReader {
    const other = (): void => {
      this.#visitor.other();
    };
    const line = (text: string): void => {
      this.#unwrapper.line(text);
    };
    switch (logFormat(head)) {
      case "lines":
        return new LineSplitter(MAX_WRAPPED_LINE, line, other);
      case "json":
        return new JsonElements(MAX_WRAPPED_LINE, { element: line, other });
      case "csv": {
        let header: readonly string[] | undefined;
        const record = (fields: readonly string[]): void => {
          if (header === undefined) header = fields;
          else this.#unwrapper.row(rowOf(header, fields));
        };
        return new CsvRecords(MAX_WRAPPED_LINE, { record, tooLong: other });
      }
    }
  }
}

function decoderFor([first, second]: Uint8Array): TextDecoder {
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le");
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be");
  return new TextDecoder();
}

function rowOf(header: readonly string[], fields: readonly string[]): ReadonlyMap<string, string> {
  return new Map(header.map((name, index) => [name, fields[index] ?? ""]));
}
