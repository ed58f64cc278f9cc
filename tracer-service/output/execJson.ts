import { escapeJson } from "../../protocol/escapeJson.ts";
import type { ExecEvent, Lineage, RawBytes } from "../../protocol/events.ts";
import { decimal } from "../decimal.ts";
import type { SnapshotProcess } from "../pipeline/snapshot.ts";
import { argumentsJson } from "./argumentsJson.ts";
import { RepeatedExecJson } from "./repeatedJson.ts";

const repeatedJson = new RepeatedExecJson();

// Few and long parts are put together faster than many.
const WHOLE = `,"truncated":false,"pid":`;
const TRUNCATED = `,"truncated":true,"pid":`;
const LINEAGES: Readonly<Record<Lineage, string>> = {
  root: `","lineage":"root","exec_number":`,
  known: `","lineage":"known","exec_number":`,
  unknown: `","lineage":"unknown","exec_number":`,
};

/**
 * The object `event` of an exec's log line, without its closing brace. First the keys that existing queries depend
 * on, in their order; then ours. What may exceed 2^53 is a string. `argvJson`: the arguments as a list.
 */
export function execJson(event: ExecEvent, argvJson: string): string {
  const repeated = repeatedJson.of(event);
  const pid = decimal(event.pid);
  // The same number in most lines: without threads, and outside of PID namespaces.
  const tid = event.tid === event.pid ? pid : decimal(event.tid);
  const nsPid = event.nsPid === event.pid ? pid : decimal(event.nsPid);
  return (
    `${repeated.filename}${argvJson}${event.truncated ? TRUNCATED : WHOLE}${pid}` +
    `${repeated.caller}${decimal(event.seq)},"exec_id":"${event.id}` +
    (event.parentId === undefined ? "" : `","parent_exec_id":"${event.parentId}`) +
    `${LINEAGES[event.lineage]}${decimal(event.execNumber)}` +
    `,"tid":${tid},"ppid":${decimal(event.ppid)}${repeated.session}${nsPid}` +
    `${repeated.program}${decimal(event.argCount)},"args_bytes":${decimal(event.argsBytes)}` +
    (event.cut === undefined
      ? ""
      : `,"cut":{"argument":${decimal(event.cut.argument)},"missing_bytes":${decimal(event.cut.missingBytes)}}`) +
    (event.argsUnreadable ? `,"args_unreadable":true` : "") +
    rawKey(event.raw)
  );
}

/** The same of a process that ran before tracing began, whole: what is known of it, by the same keys. */
export function processJson(process: SnapshotProcess): string {
  const execNumber = process.id.slice(process.id.lastIndexOf(".") + 1);
  return (
    `{"filename":${escapeJson(process.argv[0] ?? process.comm)},"argv":${argumentsJson(process.argv).argv},"truncated":false` +
    `,"pid":${String(process.pid)},"uid":${String(process.uid)},"gid":${String(process.gid)},"comm":${escapeJson(process.comm)}` +
    `,"exec_id":"${process.id}"` +
    (process.parentId === undefined ? "" : `,"parent_exec_id":"${process.parentId}"`) +
    `,"lineage":"${process.lineage}","exec_number":${execNumber},"ppid":${String(process.ppid)}` +
    optionalText("cgroup", process.cgroup) +
    rawKey(process.raw) +
    "}"
  );
}

/** The key of what is not UTF-8; base64 needs no escapes. */
export function rawKey(raw: RawBytes | undefined): string {
  return raw === undefined ? "" : `,"raw":${JSON.stringify(raw)}`;
}

function optionalText(key: string, text: string | undefined): string {
  return text === undefined ? "" : `,"${key}":${escapeJson(text)}`;
}
