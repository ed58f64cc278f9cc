import { escapeJson } from "../../protocol/escapeJson.ts";
import type { ExecEvent } from "../../protocol/events.ts";
import type { SnapshotProcess } from "../pipeline/snapshot.ts";

/**
 * The object `event` of an exec's log line, without its closing brace. First the keys that existing queries depend
 * on, in their order; then ours. What may exceed 2^53 is a string.
 */
export function execJson(event: ExecEvent): string {
  return (
    `{"filename":${escapeJson(event.filename)},"argv":${argvJson(event.argv)},"truncated":${String(event.truncated)}` +
    `,"pid":${String(event.pid)},"uid":${String(event.uid)},"gid":${String(event.gid)},"comm":${escapeJson(event.comm)}` +
    `,"seq":${String(event.seq)},"exec_id":"${event.id}"` +
    (event.parentId === undefined ? "" : `,"parent_exec_id":"${event.parentId}"`) +
    `,"lineage":"${event.lineage}","exec_number":${String(event.execNumber)}` +
    `,"tid":${String(event.tid)},"ppid":${String(event.ppid)}` +
    `,"euid":${String(event.euid)},"egid":${String(event.egid)}` +
    optionalNumber("login_uid", event.loginUid) +
    optionalNumber("audit_session", event.auditSession) +
    `,"session_id":${String(event.sessionId)}` +
    optionalText("tty", event.tty) +
    `,"ns_pid":${String(event.nsPid)}` +
    optionalNumber("ns_uid", event.nsUid) +
    optionalNumber("ns_gid", event.nsGid) +
    `,"pid_namespace":${String(event.pidNamespace)}` +
    (event.nested ? `,"nested":true` : "") +
    `,"exe":${escapeJson(event.exe)}` +
    (event.exeTruncated ? `,"exe_truncated":true` : "") +
    `,"exe_device":"${event.exeDevice}","exe_inode":"${String(event.exeInode)}"` +
    optionalText("interpreter", event.interpreter) +
    (event.image === undefined ? "" : `,"image":"${event.image}"`) +
    (event.gained.length === 0 ? "" : `,"gained":["${event.gained.join('","')}"]`) +
    `,"cap_effective":"${capabilitiesHex(event.capEffective)}"` +
    `,"cwd":${escapeJson(event.cwd)}` +
    (event.cwdTruncated ? `,"cwd_truncated":true` : "") +
    (event.cwdDeleted ? `,"cwd_deleted":true` : "") +
    optionalText("cgroup", event.cgroup) +
    `,"cgroup_id":"${String(event.cgroupId)}"` +
    `,"arg_count":${String(event.argCount)},"args_bytes":${String(event.argsBytes)}` +
    (event.cut === undefined
      ? ""
      : `,"cut":{"argument":${String(event.cut.argument)},"missing_bytes":${String(event.cut.missingBytes)}}`) +
    // Base64 needs no escapes.
    (event.raw === undefined ? "" : `,"raw":${JSON.stringify(event.raw)}`)
  );
}

/** The same of a process that ran before tracing began, whole: what is known of it, by the same keys. */
export function processJson(process: SnapshotProcess): string {
  const execNumber = process.id.slice(process.id.lastIndexOf(".") + 1);
  return (
    `{"filename":${escapeJson(process.argv[0] ?? process.comm)},"argv":${argvJson(process.argv)},"truncated":false` +
    `,"pid":${String(process.pid)},"uid":${String(process.uid)},"gid":${String(process.gid)},"comm":${escapeJson(process.comm)}` +
    `,"exec_id":"${process.id}"` +
    (process.parentId === undefined ? "" : `,"parent_exec_id":"${process.parentId}"`) +
    `,"lineage":"${process.lineage}","exec_number":${execNumber},"ppid":${String(process.ppid)}` +
    optionalText("cgroup", process.cgroup) +
    "}"
  );
}

function argvJson(argv: readonly string[]): string {
  let json = "[";
  for (const argument of argv) json += json.length === 1 ? escapeJson(argument) : `,${escapeJson(argument)}`;
  return `${json}]`;
}

function optionalNumber(key: string, value: number | undefined): string {
  return value === undefined ? "" : `,"${key}":${String(value)}`;
}

function optionalText(key: string, text: string | undefined): string {
  return text === undefined ? "" : `,"${key}":${escapeJson(text)}`;
}

function capabilitiesHex(capabilities: bigint): string {
  return capabilities === 0n ? "0000000000000000" : capabilities.toString(16).padStart(16, "0");
}
