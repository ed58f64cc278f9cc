import type { GapMessage } from "../protocol/stream.ts";
import { COLUMNS, ROW_ACTIONS, TIME_FORMATS } from "../protocol/webviewMessages.ts";
import type {
  HostMessage,
  Source,
  SourceState,
  ViewFilter,
  ViewSettings,
} from "../protocol/webviewMessages.ts";

/** Longest batch of lines that is taken, in bytes, packed or not. */
const MAX_BATCH = 67_108_864;

const MAX_TEXT = 65_536;
const MAX_LIST = 100_000;

type Json = Readonly<Record<string, unknown>>;

/** Says that a value is no message; caught in this file. */
const NO_MESSAGE = new Error("not a message");

/** The message in what was posted to the view, or undefined where it is none, of another shape or too long. */
export function parseHostMessage(value: unknown): HostMessage | undefined {
  try {
    return isObject(value) ? message(value) : undefined;
  } catch (error) {
    if (error === NO_MESSAGE) return undefined;
    throw error;
  }
}

function message(value: Json): HostMessage | undefined {
  const { type } = value;
  switch (type) {
    case "pause":
    case "resume":
    case "focusFilter":
    case "clearNarrowing":
      return { type };
    case "visible":
      return { type, visible: flag(value["visible"]) };
    case "settings":
      return { type, settings: settings(object(value["settings"])) };
    case "source":
      return { type, source: source(object(value["source"])) };
    case "sourceRemoved":
      return { type, id: text(value["id"]) };
    case "events":
      return {
        type,
        source: text(value["source"]),
        batch: number(value["batch"]),
        lines: bytes(value["lines"], MAX_BATCH),
        unpackedLength: optional(value["unpackedLength"], batchLength),
        unpackedLines: optional(value["unpackedLines"], batchLength),
      };
    case "gap":
      return { type, source: text(value["source"]), gap: gap(object(value["gap"])) };
    case "filter":
      return { type, filter: filter(object(value["filter"])) };
    case "rowAction":
      return { type, action: oneOf(ROW_ACTIONS, value["action"]), row: number(value["row"]) };
    case "export":
      return {
        type,
        id: number(value["id"]),
        scope: oneOf(["shown", "everything"] as const, value["scope"]),
      };
    case "exportNext":
    case "exportCancel":
      return { type, id: number(value["id"]) };
    default:
      return undefined;
  }
}

function settings(value: Json): ViewSettings {
  const columns = list(value["columns"]).map((column) => oneOf(COLUMNS, column));
  return {
    columns: [...new Set(columns)],
    foldRepeats: flag(value["foldRepeats"]),
    timeFormat: oneOf(TIME_FORMATS, value["timeFormat"]),
    eventsKept: number(value["eventsKept"]),
  };
}

function source(value: Json): Source {
  return {
    id: text(value["id"]),
    kind: oneOf(["tracer", "pods", "file"] as const, value["kind"]),
    name: text(value["name"]),
    state: sourceState(object(value["state"])),
  };
}

function sourceState(value: Json): SourceState {
  const { type } = value;
  switch (type) {
    case "connecting":
    case "connected":
      return { type };
    case "disconnected":
      return {
        type,
        sinceMs: number(value["sinceMs"]),
        why: text(value["why"]),
        retryMs: optional(value["retryMs"], number),
      };
    case "reading":
      return {
        type,
        readBytes: number(value["readBytes"]),
        totalBytes: optional(value["totalBytes"], number),
      };
    case "read":
      return { type, events: number(value["events"]), otherLines: number(value["otherLines"]) };
    default:
      throw NO_MESSAGE;
  }
}

function filter(value: Json): ViewFilter {
  return {
    usernames: list(value["usernames"]).map((name) => text(name)),
    workspaces: list(value["workspaces"]).map((name) => {
      const { username, workspaceName } = object(name);
      return { username: optional(username, text), workspaceName: text(workspaceName) };
    }),
    expression: text(value["expression"]),
  };
}

function gap(value: Json): GapMessage {
  return {
    type: "gap",
    reason: oneOf(["slow_reader", "not_kept", "restarted", "rotated", "untold"] as const, value["reason"]),
    firstSeq: number(value["firstSeq"]),
    lastSeq: number(value["lastSeq"]),
    events: optional(value["events"], number),
    execs: optional(value["execs"], number),
    firstTs: optional(value["firstTs"], text),
    lastTs: optional(value["lastTs"], text),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  if (!isObject(value)) throw NO_MESSAGE;
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > MAX_LIST) throw NO_MESSAGE;
  return value as readonly unknown[];
}

function text(value: unknown, max = MAX_TEXT): string {
  if (typeof value !== "string" || value.length > max) throw NO_MESSAGE;
  return value;
}

function bytes(value: unknown, max: number): Uint8Array<ArrayBuffer> {
  if (!(value instanceof Uint8Array) || value.length > max) throw NO_MESSAGE;
  const { buffer } = value;
  if (!(buffer instanceof ArrayBuffer)) throw NO_MESSAGE;
  return value as Uint8Array<ArrayBuffer>;
}

function number(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw NO_MESSAGE;
  return value;
}

function batchLength(value: unknown): number {
  const length = number(value);
  if (!Number.isInteger(length) || length < 0 || length > MAX_BATCH) throw NO_MESSAGE;
  return length;
}

function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw NO_MESSAGE;
  return value;
}

/** Null stands for what JSON can't say. */
function optional<Value>(value: unknown, parse: (value: unknown) => Value): Value | undefined {
  return value === undefined || value === null ? undefined : parse(value);
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown): Value {
  const found = values.find((known) => known === value);
  if (found === undefined) throw NO_MESSAGE;
  return found;
}
