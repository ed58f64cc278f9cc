import type { ServerMessage } from "./stream.ts";
import { ShownError } from "./text/shownError.ts";

/** A frame of the stream, its header parsed. */
export interface ServerFrame {
  readonly header: ServerMessage;
  /** Log lines in UTF-8, a newline after each; empty after other headers than `snapshot` and `events`. */
  readonly lines: Uint8Array<ArrayBuffer>;
}

/** Longest frame that is read, in bytes: a snapshot of many processes fits. */
const MAX_SERVER_FRAME = 134_217_728;

const NEWLINE = 0x0a;
const utf8 = new TextDecoder();

type Kind = "string" | "number" | "boolean" | "list" | "object" | "string?" | "number?" | "boolean?";
type Shape = Readonly<Record<string, Kind>>;

const GAP: Shape = {
  reason: "string",
  firstSeq: "number",
  lastSeq: "number",
  events: "number?",
  execs: "number?",
  firstTs: "string?",
  lastTs: "string?",
};
const NODE: Shape = {
  node: "string",
  bootId: "string",
  kernel: "string",
  serviceVersion: "string",
  run: "string",
  since: "string",
  rate: "number",
  execs: "number",
  exits: "number",
  lost: "number",
  unattributed: "number",
  clients: "number",
  logBlockedSeconds: "number?",
  historyBehindSeconds: "number?",
  historyFailing: "boolean?",
};
const HEAD: Shape = { seq: "number", hash: "string" };
const FILTER: Shape = { usernames: "list", workspaces: "list" };
const WORKSPACE: Shape = {
  id: "string",
  labels: "object",
  attribution: "string",
  namespace: "string?",
  pod: "string?",
  podUid: "string?",
  cgroup: "string?",
  activity: "string",
  why: "string?",
  alive: "number",
  execs: "number",
  lost: "number",
  rate: "number",
  lastCommand: "string?",
  lastExec: "string?",
  since: "string",
};
const SHAPES: Readonly<Record<string, Shape>> = {
  hello: {
    protocol: "number",
    node: "object",
    oldestSeq: "number",
    latestSeq: "number",
    firstSeq: "number?",
  },
  workspaces: { all: "boolean", changed: "list", removed: "list" },
  node: { node: "object" },
  subscribed: { filter: "object", latestSeq: "number" },
  snapshot: { count: "number", omitted: "number" },
  events: { count: "number", through: "number" },
  gap: GAP,
  head: { head: "object", answer: "string" },
};

/** Splits a frame into its header and a copy of its lines. Throws one line when it is not one of this protocol. */
export function splitFrame(frame: Uint8Array): ServerFrame {
  if (frame.length > MAX_SERVER_FRAME)
    throw new ShownError((t) => t("the service sent a frame that is too long"));
  const newline = frame.indexOf(NEWLINE);
  const end = newline < 0 ? frame.length : newline;
  let header: unknown;
  try {
    header = JSON.parse(utf8.decode(frame.subarray(0, end)));
  } catch (cause) {
    throw new ShownError((t) => t("the service sent a frame whose header is not JSON"), cause);
  }
  return { header: serverMessage(header), lines: new Uint8Array(frame.subarray(end + 1)) };
}

function serverMessage(value: unknown): ServerMessage {
  const type = isObject(value) ? value["type"] : undefined;
  const shape = typeof type === "string" && Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
  if (!isObject(value) || shape === undefined) {
    throw new ShownError((t) => t("the service sent a frame of an unknown type"));
  }
  check(value, shape);
  if ("node" in shape) {
    check(value["node"], NODE);
    const { head, sees } = value["node"] as { head?: unknown; sees?: unknown };
    if (head !== undefined) check(head, HEAD);
    if (sees !== undefined && !isTexts(sees)) throw wrong("sees");
  }
  if (type === "head") check(value["head"], HEAD);
  if (type === "subscribed") check(value["filter"], FILTER);
  if (type === "workspaces") {
    for (const each of value["changed"] as unknown[]) {
      check(each, WORKSPACE);
      const { labels } = each as { labels: object };
      if (Object.values(labels).some((label) => typeof label !== "string")) throw wrong("labels");
    }
    if (!isTexts(value["removed"])) throw wrong("removed");
  }
  return value as unknown as ServerMessage;
}

function check(value: unknown, shape: Shape): void {
  if (!isObject(value)) throw wrong("{}");
  for (const [key, kind] of Object.entries(shape)) if (!isOf(value[key], kind)) throw wrong(key);
}

function isOf(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "list":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "number":
      return typeof value === "number" && value >= 0;
    case "number?":
      return value === undefined || (typeof value === "number" && value >= 0);
    case "boolean?":
      return value === undefined || typeof value === "boolean";
    case "string?":
      return value === undefined || typeof value === "string";
    case "string":
    case "boolean":
      return typeof value === kind;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(key: string): Error {
  return new ShownError((t) => t("the service sent a frame with a wrong value: {0}", key));
}
