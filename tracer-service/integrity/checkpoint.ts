import { createHash, type Hash } from "node:crypto";

import { escapeJson } from "../../protocol/escapeJson.ts";

/** A checkpoint of the log by its run, its number in it, and the hash that covers all before. */
export interface LogHead {
  readonly run: string;
  readonly number: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** Number of the last event until there; 0 before the first. */
  readonly lastSeq: number;
}

/** What a checkpoint says of the lines since the one before. */
export interface CheckpointFacts {
  readonly run: string;
  /** 0 for the first of a run, then one higher each. */
  readonly number: number;
  readonly kind: "begin" | "lines" | "end";
  readonly lines: number;
  /** Newlines included. */
  readonly bytes: number;
  /** Of the first event in these lines; 0 when they tell of none. */
  readonly firstSeq: number;
  /** Of the last event until here. */
  readonly lastSeq: number;
  /** `begin`: the last that is known of the run before. */
  readonly after: LogHead | undefined;
  /** Of the key that seals it; undefined where it is not sealed. */
  readonly epoch: number | undefined;
}

/** A checkpoint as it stands in a log. */
export interface Checkpoint extends CheckpointFacts {
  readonly ts: string;
  readonly hash: string;
  readonly seal: string | undefined;
  /** All of the line but hash and seal: what the hash covers beside the lines. */
  readonly head: string;
  readonly tail: string;
}

/** What the first checkpoint of all extends. */
export const NO_HEAD: LogHead = { run: "", number: 0, hash: "0".repeat(64), lastSeq: 0 };

const CALLER = `"caller":"tracer-service/integrity/checkpoint.ts","func":"formatCheckpoint"`;
const LINE =
  /^(\{"ts":"[^"]{1,40}","level":"INFO","msg":"checkpoint",.*,"hash":")([0-9a-f]{64})"(?:,"seal":"([0-9a-f]{64})")?(\}.*\})$/s;

/** Begins the hash of the lines that follow a checkpoint. */
export function hashAfter(hash: string): Hash {
  return createHash("sha256").update(hash, "hex");
}

/** Ends the hash with the checkpoint's own text. */
export function checkpointHash(hash: Hash, head: string, tail: string): Buffer {
  return hash.update(head).update(tail).digest();
}

/** The two parts of a checkpoint's line around hash and seal; `node` is JSON: `"node":"…","boot_id":"…"`. */
export function checkpointParts(
  facts: CheckpointFacts,
  ts: string,
  node: string,
): { readonly head: string; readonly tail: string } {
  const { run, number, kind, lines, bytes, firstSeq, lastSeq, after, epoch } = facts;
  const head =
    `{"ts":"${ts}","level":"INFO","msg":"checkpoint",${CALLER},"fields":{"checkpoint":{"run":${escapeJson(run)}` +
    `,"number":${String(number)},"kind":"${kind}","lines":${String(lines)},"bytes":${String(bytes)}` +
    `,"first_seq":${String(firstSeq)},"last_seq":${String(lastSeq)}` +
    (after === undefined ? "" : `,"after":${headJson(after)}`) +
    (epoch === undefined ? "" : `,"epoch":${String(epoch)}`) +
    `,"hash":"`;
  return { head, tail: `},${node}}}` };
}

/** The whole line, with its newline. */
export function formatCheckpoint(
  { head, tail }: Pick<Checkpoint, "head" | "tail">,
  hash: Uint8Array,
  seal: Uint8Array | undefined,
): string {
  const sealed = seal === undefined ? "" : `,"seal":"${Buffer.from(seal).toString("hex")}"`;
  return `${head}${Buffer.from(hash).toString("hex")}"${sealed}${tail}\n`;
}

/** Reads such a line, without its newline; undefined for any other. */
export function parseCheckpoint(line: string): Checkpoint | undefined {
  const [, head, hash, seal, tail] = LINE.exec(line) ?? [];
  if (head === undefined || hash === undefined || tail === undefined) return undefined;
  try {
    const { ts, fields } = JSON.parse(line) as {
      readonly ts: string;
      readonly fields: { readonly checkpoint: Readonly<Record<string, unknown>> };
    };
    const each = fields.checkpoint;
    const kind = each["kind"];
    if (kind !== "begin" && kind !== "lines" && kind !== "end") return undefined;
    const facts = {
      run: text(each["run"]),
      number: count(each["number"]),
      kind,
      lines: count(each["lines"]),
      bytes: count(each["bytes"]),
      firstSeq: count(each["first_seq"]),
      lastSeq: count(each["last_seq"]),
      after: each["after"] === undefined ? undefined : parseHead(each["after"]),
      epoch: each["epoch"] === undefined ? undefined : count(each["epoch"]),
    } as const;
    return { ...facts, ts, hash, seal, head, tail };
  } catch {
    return undefined;
  }
}

/** A head as JSON, as a checkpoint and the state directory have it. */
export function headJson({ run, number, hash, lastSeq }: LogHead): string {
  return `{"run":${escapeJson(run)},"number":${String(number)},"last_seq":${String(lastSeq)},"hash":"${hash}"}`;
}

/** Reads what `headJson` made. Throws for anything else. */
export function parseHead(value: unknown): LogHead {
  const each = value as Readonly<Record<string, unknown>>;
  const hash = text(each["hash"]);
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error("not a hash");
  return { run: text(each["run"]), number: count(each["number"]), lastSeq: count(each["last_seq"]), hash };
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error("not a count");
  return value as number;
}

function text(value: unknown): string {
  if (typeof value !== "string" || value.length > 200) throw new Error("not a name");
  return value;
}
