import { podPrefix, timePrefix } from "../../protocol/linePrefix.ts";
import { MAX_RECORDED_LINE, parseRecordedEvent } from "../../protocol/parseRecordedEvent.ts";
import type { LogVisitor } from "./logVisitor.ts";
import { withOrigin } from "./origin.ts";
import type { Origin } from "./origin.ts";
import { PartialLines } from "./partialLines.ts";
import { isQueryRow, queryRowLine, rowOfPairs } from "./queryRow.ts";

/** Keys under which collectors put a program's own line. */
const TEXT_KEYS = ["@message", "message", "log", "line"] as const;
/** A line in a line in a line: an export of a collector's record of an event. */
const MAX_DEPTH = 4;
/** Streams whose lines may be unfinished at the same time. */
const MAX_STREAMS = 16;

type Json = Readonly<Record<string, unknown>>;

/**
 * Finds the log line in whatever a collector put around it, each line for itself, so that files may be mixed: nothing,
 * `kubectl`'s prefixes, a container runtime's file format, or a JSON object of Docker, Fluent Bit or CloudWatch.
 */
export class LineUnwrapper {
  readonly #visitor: LogVisitor;
  readonly #runtimeParts = new PartialLines(MAX_RECORDED_LINE);
  readonly #dockerParts = new PartialLines(MAX_RECORDED_LINE);

  constructor(visitor: LogVisitor) {
    this.#visitor = visitor;
  }

  /** Takes a line without its end. Blank lines are nothing. */
  line(text: string): void {
    if (text.trim() !== "" && !this.#unwrap(text, undefined, 0)) this.#visitor.other();
  }

  /** Takes a row of a query's result, by the names of its columns. */
  row(row: ReadonlyMap<string, string>): void {
    if (!this.#unwrapRow(row, 0)) this.#visitor.other();
  }

  /** Counts the lines that never ended. */
  end(): void {
    for (let left = this.#runtimeParts.size + this.#dockerParts.size; left > 0; left--) this.#visitor.other();
  }

  /** Says whether the text was an event, or a part of one that is still to end. */
  #unwrap(text: string, origin: Origin | undefined, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    switch (text[0] ?? "") {
      case "{":
        return this.#json(text, origin, depth);
      case "[": {
        const prefix = podPrefix(text);
        if (prefix === undefined) return this.#json(text, origin, depth);
        const { pod, container } = prefix;
        return this.#unwrap(text.slice(prefix.text.length), { pod, container }, depth + 1);
      }
      case " ":
      case "\t":
        return this.#unwrap(text.trim(), origin, depth + 1);
      default: {
        const prefix = timePrefix(text);
        if (prefix === undefined) return false;
        const { stream, more } = prefix;
        const rest = text.slice(prefix.text.length);
        return stream === undefined
          ? this.#unwrap(rest, origin, depth + 1)
          : this.#runtimePart(stream, more, rest, origin, depth);
      }
    }
  }

  #runtimePart(
    stream: string,
    more: boolean,
    part: string,
    origin: Origin | undefined,
    depth: number,
  ): boolean {
    if (more) {
      this.#runtimeParts.add(stream, part);
      return true;
    }
    const begun = this.#runtimeParts.has(stream);
    const line = this.#runtimeParts.finish(stream, part);
    if (line !== undefined && this.#unwrap(line, origin, depth + 1)) return true;
    // The end of the line before may be missing: this one then stands for itself.
    if (begun && this.#unwrap(part, origin, depth + 1)) this.#visitor.other();
    else return false;
    return true;
  }

  #json(text: string, origin: Origin | undefined, depth: number): boolean {
    if (text.length > MAX_RECORDED_LINE) return false;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return false;
    }
    return this.#event(text, value, origin) || this.#wrapped(value, origin, depth);
  }

  /** `text` is undefined for what a collector parsed: it is made anew. */
  #event(text: string | undefined, value: unknown, origin: Origin | undefined): boolean {
    const event = parseRecordedEvent(value);
    if (event === undefined) return false;
    const line = text ?? stringify(value);
    if (line === undefined) return false;
    if (origin === undefined) {
      this.#visitor.event(line, event, value);
    } else {
      const told = event.node === undefined ? { ...event, node: origin.node } : event;
      this.#visitor.event(withOrigin(line, value as object, origin), told, value);
    }
    return true;
  }

  #wrapped(value: unknown, outer: Origin | undefined, depth: number): boolean {
    if (Array.isArray(value)) {
      const row = rowOfPairs(value);
      return row !== undefined && this.#unwrapRow(row, depth + 1);
    }
    if (!isObject(value)) return false;
    const origin = originOf(value, outer);
    for (const key of TEXT_KEYS) {
      const inner = value[key];
      if (typeof inner === "string") {
        const found =
          key === "log" && typeof value["stream"] === "string"
            ? this.#dockerLog(value["stream"], inner, origin, depth)
            : this.#unwrap(inner.trimEnd(), origin, depth + 1);
        if (found) return true;
      } else if (isObject(inner) && this.#object(inner, origin, depth)) {
        return true;
      }
    }
    if (isObject(value["log_processed"])) return this.#object(value["log_processed"], origin, depth);
    const row = new Map<string, string>();
    for (const [name, cell] of Object.entries(value)) {
      if (typeof cell === "string") row.set(name, cell);
      else if (typeof cell === "number" || typeof cell === "boolean") row.set(name, String(cell));
    }
    return isQueryRow(row) && this.#unwrapRow(row, depth + 1);
  }

  #object(value: Json, origin: Origin | undefined, depth: number): boolean {
    return (
      this.#event(undefined, value, origin) || (depth < MAX_DEPTH && this.#wrapped(value, origin, depth + 1))
    );
  }

  /** Docker ends the last part of a line with a newline; collectors that join the parts leave it out. */
  #dockerLog(stream: string, part: string, origin: Origin | undefined, depth: number): boolean {
    const begun = this.#dockerParts.has(stream);
    if (!part.endsWith("\n")) {
      if (!begun && this.#unwrap(part, origin, depth + 1)) return true;
      const jsonBegins = begun || part.startsWith("{");
      if (!jsonBegins || (!begun && this.#dockerParts.size >= MAX_STREAMS)) return false;
      this.#dockerParts.add(stream, part);
      return true;
    }
    const line = this.#dockerParts.finish(stream, part);
    if (line !== undefined && this.#unwrap(line.trimEnd(), origin, depth + 1)) return true;
    if (!begun || !this.#unwrap(part.trimEnd(), origin, depth + 1)) return false;
    this.#visitor.other();
    return true;
  }

  #unwrapRow(row: ReadonlyMap<string, string>, depth: number): boolean {
    const line = queryRowLine(row);
    return line !== undefined && this.#unwrap(line.trim(), undefined, depth + 1);
  }
}

/** Undefined for objects that are nested deeper than the runtime can write. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What Fluent Bit's Kubernetes filter knows. */
function originOf({ kubernetes }: Json, outer: Origin | undefined): Origin | undefined {
  if (!isObject(kubernetes)) return outer;
  const { host, pod_name: pod, container_name: container } = kubernetes;
  return {
    ...outer,
    ...(isName(host) && { node: host }),
    ...(isName(pod) && { pod }),
    ...(isName(container) && { container }),
  };
}

/** Kubernetes' names have at most 253 characters. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 253;
}
