import type { Labels, PodPlace } from "./events.ts";
import { parseTimestamp } from "./parseTimestamp.ts";
import type { RecordedEvent, RecordedExec, RecordedExit, RecordedLost } from "./recordedEvent.ts";
import { quoteForShell } from "./shellQuote.ts";

/** Longest line that is read, in UTF-16 units: an argument of 1 MB fits, escaped, beside its `cmdline`. */
export const MAX_RECORDED_LINE = 2_097_152;

const MAX_LABELS = 64;
const MAX_LABEL_NAME = 256;
const MAX_LABEL_VALUE = 4_096;
const MAX_ID = 80;
const MAX_NAME = 4_096;
const MAX_LIST = 64;
const MAX_U64 = 2 ** 64;
const NO_LABELS: Labels = Object.freeze({});
const NO_LIST: readonly string[] = Object.freeze([]);

/** An object from JSON of which nothing is known yet. */
type Json = Readonly<Record<string, unknown>>;

/** Says that a line is no event; one for all, since making an error is slow. Caught in this file. */
const NO_EVENT = new Error("not an event");

/** The event of a log line, or undefined where the text is none or is longer than `MAX_RECORDED_LINE`. */
export function parseRecordedLine(line: string): RecordedEvent | undefined {
  if (line.length > MAX_RECORDED_LINE) return undefined;
  try {
    return parseRecordedEvent(JSON.parse(line) as unknown);
  } catch {
    return undefined;
  }
}

/**
 * The event that a log line's JSON tells: a line of this project, or of Coder's exectrace, whose optional keys are
 * missing. Undefined for what is neither, has a key of another type, or exceeds a bound. `node` is also taken from
 * the top level, where the readers of log files put what is known only from around the line.
 */
export function parseRecordedEvent(value: unknown): RecordedEvent | undefined {
  if (!isObject(value)) return undefined;
  const { msg, fields } = value;
  if (!isObject(fields) || !isObject(fields["event"])) return undefined;
  try {
    switch (msg) {
      case "exec":
      case "process":
        return parseExec(value, fields, fields["event"], msg === "process");
      case "exit":
        return parseExit(value, fields, fields["event"]);
      case "lost":
        return parseLost(value, fields, fields["event"]);
      default:
        return undefined;
    }
  } catch (error) {
    if (error === NO_EVENT) return undefined;
    throw error;
  }
}

function parseExec(line: Json, fields: Json, event: Json, beforeTracing: boolean): RecordedExec {
  const argv = texts(event["argv"], MAX_RECORDED_LINE);
  const execId = optionalText(event["exec_id"], MAX_ID);
  const filename = optionalText(event["filename"], MAX_RECORDED_LINE) ?? "";
  return {
    type: "exec",
    timeMs: time(line["ts"]),
    labels: labels(fields["labels"]),
    node: nodeOf(line, fields),
    pod: pod(fields["kubernetes"]),
    seq: optionalCount(event["seq"]),
    beforeTracing,
    execId,
    parentId: optionalText(event["parent_exec_id"], MAX_ID),
    lineage: lineage(event["lineage"]),
    execNumber: optionalCount(event["exec_number"]),
    pid: count(event["pid"]),
    ppid: optionalCount(event["ppid"]),
    uid: count(event["uid"]),
    euid: optionalCount(event["euid"]),
    loginUid: optionalCount(event["login_uid"]),
    nsPid: optionalCount(event["ns_pid"]),
    nsUid: optionalCount(event["ns_uid"]),
    tty: optionalText(event["tty"], MAX_NAME),
    cwd: optionalText(event["cwd"], MAX_RECORDED_LINE),
    cgroup: optionalText(event["cgroup"], MAX_RECORDED_LINE),
    exe: optionalText(event["exe"], MAX_RECORDED_LINE),
    interpreter: optionalText(event["interpreter"], MAX_RECORDED_LINE),
    filename,
    cmdline: optionalText(fields["cmdline"], MAX_RECORDED_LINE) ?? quoteForShell(argv),
    argv,
    truncated: flag(event["truncated"]),
    comm: optionalText(event["comm"], MAX_NAME) ?? "",
    nested: flag(event["nested"]),
    image: image(event["image"]),
    gained: texts(event["gained"], MAX_LIST),
  };
}

function parseExit(line: Json, fields: Json, event: Json): RecordedExit {
  const exitCode = optionalCount(event["exit_code"]);
  if (exitCode !== undefined && exitCode > 255) throw NO_EVENT;
  return {
    type: "exit",
    timeMs: time(line["ts"]),
    labels: labels(fields["labels"]),
    node: nodeOf(line, fields),
    pod: pod(fields["kubernetes"]),
    seq: optionalCount(event["seq"]),
    execId: text(event["exec_id"], MAX_ID),
    pid: count(event["pid"]),
    exitCode,
    signal: optionalCount(event["signal"]),
    signalName: optionalText(event["signal_name"], MAX_NAME),
    coreDumped: flag(event["core_dumped"]),
    durationMs: nanoseconds(event["duration_ns"]) / 1e6,
    late: flag(event["late"]),
  };
}

function parseLost(line: Json, fields: Json, event: Json): RecordedLost {
  return {
    type: "lost",
    timeMs: time(line["ts"]),
    labels: labels(fields["labels"]),
    node: nodeOf(line, fields),
    pod: pod(fields["kubernetes"]),
    seq: optionalCount(event["seq"]),
    kind: text(event["kind"], MAX_NAME),
    reason: text(event["reason"], MAX_NAME),
    count: count(event["count"]),
    firstMs: time(event["first"]),
    lastMs: time(event["last"]),
    program: optionalText(event["program"], MAX_NAME),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `null` is how Go writes a map or list that nobody made. */
function labels(value: unknown): Labels {
  if (value === undefined || value === null) return NO_LABELS;
  if (!isObject(value)) throw NO_EVENT;
  let room = MAX_LABELS;
  for (const name in value) {
    const label = value[name];
    if (--room < 0 || name.length > MAX_LABEL_NAME) throw NO_EVENT;
    if (typeof label !== "string" || label.length > MAX_LABEL_VALUE) throw NO_EVENT;
  }
  return value as Labels;
}

function texts(value: unknown, most: number): readonly string[] {
  if (value === undefined || value === null) return NO_LIST;
  if (!Array.isArray(value) || value.length > most) throw NO_EVENT;
  const list: readonly unknown[] = value;
  for (const each of list) if (typeof each !== "string") throw NO_EVENT;
  return list as readonly string[];
}

function time(value: unknown): number {
  const timeMs = typeof value === "string" ? parseTimestamp(value) : NaN;
  if (Number.isNaN(timeMs)) throw NO_EVENT;
  return timeMs;
}

function text(value: unknown, most: number): string {
  if (typeof value !== "string" || value.length > most) throw NO_EVENT;
  return value;
}

function optionalText(value: unknown, most: number): string | undefined {
  return value === undefined ? undefined : text(value, most);
}

function nodeOf(line: Json, fields: Json): string | undefined {
  return optionalText(fields["node"] ?? line["node"], MAX_NAME);
}

function pod(value: unknown): PodPlace | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw NO_EVENT;
  return {
    namespace: optionalText(value["namespace"], MAX_NAME),
    pod: optionalText(value["pod"], MAX_NAME),
    podUid: text(value["pod_uid"], MAX_NAME),
    serviceAccount: optionalText(value["service_account"], MAX_NAME),
    container: optionalText(value["container"], MAX_NAME),
    image: optionalText(value["image"], MAX_NAME),
    containerId: optionalText(value["container_id"], MAX_NAME),
  };
}

function count(value: unknown): number {
  if (typeof value !== "number" || !(value >= 0) || !Number.isSafeInteger(value)) throw NO_EVENT;
  return value;
}

function optionalCount(value: unknown): number | undefined {
  return value === undefined ? undefined : count(value);
}

/** May exceed 2^53, and then loses nanoseconds. */
function nanoseconds(value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value <= MAX_U64)) throw NO_EVENT;
  return value;
}

function flag(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw NO_EVENT;
  return value;
}

function lineage(value: unknown): RecordedExec["lineage"] {
  if (value === undefined) return "unknown";
  if (value !== "known" && value !== "root" && value !== "unknown") throw NO_EVENT;
  return value;
}

/** Of a kind that a later release may add, nothing is claimed. */
function image(value: unknown): RecordedExec["image"] {
  return value === "memfd" || value === "deleted" ? value : undefined;
}
