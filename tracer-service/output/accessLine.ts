import { escapeJson } from "../../protocol/escapeJson.ts";
import type { StreamFilter } from "../../protocol/stream.ts";
import type { AccessRecord, RefusedAccess, WithheldRefusals } from "../access/accessRecord.ts";
import type { Reader } from "../access/reader.ts";
import { TimestampFormatter } from "./timestamp.ts";

const CALLER = `"caller":"tracer-service/output/accessLine.ts","func":"AccessLineFormatter.format"`;
/** Names in a filter or of namespaces, and of any other text, in bytes of JSON: a line stays below 16,000 of them. */
const MAX_NAMES_BYTES = 1_000;
const MAX_TEXT_BYTES = 1_200;
/** Of a text, in UTF-16 units; where they are too many bytes, as many as they can be with six each. */
const MAX_TEXT = 512;

/** Formats viewings as lines of the log: who looked at what is as much a part of it as who ran what. */
export class AccessLineFormatter {
  readonly #node: string;
  readonly #timestamps = new TimestampFormatter();

  constructor({ node, bootId }: { readonly node: string; readonly bootId: string }) {
    this.#node = `"node":${escapeJson(node)},"boot_id":${escapeJson(bootId)}`;
  }

  /** With its newline. */
  format(record: AccessRecord): string {
    const { phase, viewing, endpoint, viewer, told, sinceMs, untilMs, replayAfter, code } = record;
    const { reader, claimedUser, from } = viewer;
    const access =
      `{"phase":"${phase}","viewing":${escapeJson(viewing)},"endpoint":${escapeJson(endpoint)}` +
      `,"reader":${readerJson(reader)}` +
      text("claimed_user", claimedUser) +
      text("from", from) +
      (record.query === "" ? "" : text("query", record.query)) +
      `,"sees":${record.sees === "all" ? '"all"' : cutList(record.sees.map(escapeJson)).json}` +
      (record.filter === undefined ? "" : filterJson(record.filter)) +
      (replayAfter === undefined ? "" : `,"replay_after":${String(replayAfter)}`) +
      `,"since":"${this.#time(sinceMs)}"` +
      (untilMs === undefined ? "" : `,"until":"${this.#time(untilMs)}"`) +
      (told === undefined ? "" : `,"events":${String(told.events)}`) +
      this.#eventTime("first_event", told?.firstNs) +
      this.#eventTime("last_event", told?.lastNs) +
      (code === undefined ? "" : `,"code":${String(code)}`);
    return this.#line(untilMs ?? sinceMs, "INFO", access);
  }

  /** Of a reader that was refused; with its newline. */
  refused(refused: RefusedAccess): string {
    const { reader, claimedUser, from, status, code, why, atMs } = refused;
    const access =
      `{"phase":"refused"${text("endpoint", refused.endpoint)}` +
      (reader === undefined ? "" : `,"reader":${readerJson(reader)}`) +
      text("claimed_user", claimedUser) +
      text("from", from) +
      `,"status":${String(status)}${text("refusal", code)}${text("why", why)},"since":"${this.#time(atMs)}"`;
    return this.#line(atMs, "WARN", access);
  }

  /** Of refusals that have no line of their own; with its newline. */
  withheld({ reader, code, count, sinceMs, untilMs }: WithheldRefusals): string {
    const access =
      `{"phase":"refused"${text("refusal", code)}` +
      (reader === undefined ? "" : `,"reader":${readerJson(reader)}`) +
      `,"withheld":${String(count)},"since":"${this.#time(sinceMs)}","until":"${this.#time(untilMs)}"`;
    return this.#line(untilMs, "WARN", access);
  }

  #line(atMs: number, level: "INFO" | "WARN", access: string): string {
    const ts = this.#time(atMs);
    return `{"ts":"${ts}","level":"${level}","msg":"access",${CALLER},"fields":{"access":${access}},${this.#node}}}\n`;
  }

  #time(ms: number): string {
    return this.#timestamps.format(BigInt(Math.trunc(ms)) * 1_000_000n);
  }

  #eventTime(key: string, timeNs: bigint | undefined): string {
    return timeNs === undefined ? "" : `,"${key}":"${this.#timestamps.format(timeNs)}"`;
  }
}

function readerJson(reader: Reader): string {
  switch (reader.type) {
    case "unix":
      return `{"type":"unix"${reader.uid === undefined ? "" : `,"uid":${String(reader.uid)}`}}`;
    case "tcp":
      return `{"type":"token_file"}`;
    case "service_account":
      return (
        `{"type":"service_account"${text("namespace", reader.namespace)}${text("name", reader.name)}` +
        `${text("uid", reader.uid)}${text("credential_id", reader.credentialId)}}`
      );
    case "user":
      return `{"type":"user"${text("name", reader.name)}${text("uid", reader.uid)}${text("credential_id", reader.credentialId)}}`;
  }
}

function filterJson({ usernames, workspaces }: StreamFilter): string {
  const users = cutList(usernames.map(escapeJson));
  const names = cutList(
    workspaces.map(({ username, workspaceName }) =>
      escapeJson(username === undefined ? workspaceName : `${username}/${workspaceName}`),
    ),
  );
  const cut = users.left + names.left;
  return (
    `,"filter":{"usernames":${users.json},"workspaces":${names.json}` +
    `${cut === 0 ? "" : `,"names_left_out":${String(cut)}`}}`
  );
}

/** Texts that are JSON already, as many as there is room for. */
function cutList(texts: readonly string[]): { readonly json: string; readonly left: number } {
  let bytes = 0;
  const kept = texts.filter((each) => (bytes += Buffer.byteLength(each) + 1) <= MAX_NAMES_BYTES);
  return { json: `[${kept.join(",")}]`, left: texts.length - kept.length };
}

function text(key: string, value: string | undefined): string {
  if (value === undefined) return "";
  const json = escapeJson(value.slice(0, MAX_TEXT));
  const isShort = Buffer.byteLength(json) <= MAX_TEXT_BYTES + 2;
  return `,"${key}":${isShort ? json : escapeJson(value.slice(0, MAX_TEXT_BYTES / 6))}`;
}
