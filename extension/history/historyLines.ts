import type { HistoryEnd } from "../../protocol/historyAnswer.ts";
import { ConnectionError } from "../source/connectionError.ts";
import type { HistoryReader } from "./readHistory.ts";

/** Longest line that is taken: one of the service's is shorter. */
const MAX_LINE = 4_194_304;
/** Lines of the answer itself begin so; log lines, which begin with their time, never do. */
const OWN = '{"type":"';

/** Takes an answer of `/v1/events` apart as it comes, in pieces of any length. */
export class HistoryLines {
  readonly #reader: HistoryReader;
  #rest = "";
  #end: HistoryEnd | undefined;

  constructor(reader: HistoryReader) {
    this.#reader = reader;
  }

  /** The last line; undefined as long as it has not come. */
  get end(): HistoryEnd | undefined {
    return this.#end;
  }

  /** Throws a `ConnectionError` for what is no such answer. */
  add(text: string): void {
    const whole = this.#rest + text;
    const last = whole.lastIndexOf("\n");
    this.#rest = whole.slice(last + 1);
    if (this.#rest.length > MAX_LINE) throw misunderstood();
    let events = "";
    for (const line of whole.slice(0, Math.max(0, last)).split("\n")) {
      if (line === "") continue;
      if (!line.startsWith(OWN)) {
        events += `${line}\n`;
        continue;
      }
      if (events !== "") this.#reader.lines(events);
      events = "";
      this.#own(line);
    }
    if (events !== "") this.#reader.lines(events);
  }

  #own(line: string): void {
    let value: Partial<HistoryEnd>;
    try {
      value = JSON.parse(line) as Partial<HistoryEnd>;
    } catch {
      throw misunderstood();
    }
    const { type, through, done, events, gaps } = value;
    if (typeof through !== "number" || typeof events !== "number") throw misunderstood();
    this.#reader.progress(through);
    if (type !== "end") return;
    if (typeof done !== "boolean" || !Array.isArray(gaps)) throw misunderstood();
    this.#end = { type, through, done, events, gaps: gaps.map(parseGap) };
  }
}

function parseGap(value: unknown): HistoryEnd["gaps"][number] {
  if (typeof value !== "object" || value === null) throw misunderstood();
  const { firstSeq, lastSeq, events, execs, firstTs, lastTs } = value as Readonly<Record<string, unknown>>;
  if (typeof firstSeq !== "number" || typeof lastSeq !== "number") throw misunderstood();
  const counts = { events: optional(events, "number"), execs: optional(execs, "number") };
  return {
    firstSeq,
    lastSeq,
    ...counts,
    firstTs: optional(firstTs, "string"),
    lastTs: optional(lastTs, "string"),
  };
}

function optional(value: unknown, type: "number"): number | undefined;
function optional(value: unknown, type: "string"): string | undefined;
function optional(value: unknown, type: "number" | "string"): unknown {
  if (value !== undefined && typeof value !== type) throw misunderstood();
  return value;
}

function misunderstood(): ConnectionError {
  return new ConnectionError(
    (t) => t("what answers is no tracer service that this extension understands"),
    false,
  );
}
