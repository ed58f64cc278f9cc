import { MAX_CLIENT_MESSAGE_BYTES } from "./stream.ts";
import type { ClientMessage, HistoryHead, StreamFilter, SubscribeMessage, WorkspaceName } from "./stream.ts";

const MAX_NAMES = 1_000;
const MAX_NAME = 256;
const MAX_RUN = 128;

type Json = Readonly<Record<string, unknown>>;

/** The message that a client sent. Throws one line that says what is wrong with it, without its text. */
export function parseClientMessage(text: string): ClientMessage {
  if (text.length > MAX_CLIENT_MESSAGE_BYTES) {
    throw new Error(`message is longer than ${String(MAX_CLIENT_MESSAGE_BYTES)} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("message is not JSON", { cause });
  }
  const message = object(value, "message", ["type", "filter", "since", "recentMs", "head"]);
  switch (message["type"]) {
    case "checkHead":
      return { type: "checkHead", head: head(message["head"]) };
    case "unsubscribe":
      return { type: "unsubscribe" };
    case "subscribe":
      return {
        ...{ type: "subscribe", filter: filter(message["filter"]), since: since(message["since"]) },
        ...recent(message["recentMs"]),
      };
    default:
      throw new Error('message has an unknown type: give "subscribe", "unsubscribe" or "checkHead"');
  }
}

function filter(value: unknown): StreamFilter {
  const { usernames, workspaces } = object(value, "filter", ["usernames", "workspaces"]);
  return {
    usernames: list(usernames, "filter.usernames").map((each) => name(each, "filter.usernames")),
    workspaces: list(workspaces, "filter.workspaces").map(workspaceName),
  };
}

function workspaceName(value: unknown): WorkspaceName {
  const each = object(value, "filter.workspaces", ["username", "workspaceName"]);
  const { username } = each;
  return {
    username: username === undefined ? undefined : name(username, "username"),
    workspaceName: name(each["workspaceName"], "workspaceName"),
  };
}

function since(value: unknown): SubscribeMessage["since"] {
  if (value === undefined) return undefined;
  const { run, seq } = object(value, "since", ["run", "seq"]);
  if (typeof run !== "string" || run.length > MAX_RUN) throw new Error("since.run is not a short string");
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) {
    throw new Error("since.seq is not a whole number from 0");
  }
  return { run, seq };
}

function head(value: unknown): HistoryHead {
  const { seq, hash } = object(value, "head", ["seq", "hash"]);
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) {
    throw new Error("head.seq is not a whole number from 0");
  }
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) throw new Error("head.hash is no hash");
  return { seq, hash };
}

function recent(value: unknown): Pick<SubscribeMessage, "recentMs"> {
  if (value === undefined) return {};
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new Error("recentMs is not a whole number from 0");
  }
  return { recentMs: value };
}

function object(value: unknown, what: string, keys: readonly string[]): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not an object`);
  }
  if (Object.keys(value).some((key) => !keys.includes(key))) throw new Error(`${what} has an unknown key`);
  return value as Json;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`);
  if (value.length > MAX_NAMES) throw new Error(`${what} has more than ${String(MAX_NAMES)} names`);
  return value;
}

function name(value: unknown, what: string): string {
  if (typeof value !== "string") throw new Error(`${what} holds what is not a string`);
  if (value.length > MAX_NAME) throw new Error(`${what} holds more than ${String(MAX_NAME)} characters`);
  return value;
}
