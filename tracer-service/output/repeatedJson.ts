import { escapeJson } from "../../protocol/escapeJson.ts";
import type { ExecEvent } from "../../protocol/events.ts";
import { inOnePiece } from "./inOnePiece.ts";

/** Parts of an exec's JSON that are the same for execs of one program at one place by one user. */
export interface RepeatedJson {
  /** From `filename` to the key `argv`. */
  readonly filename: string;
  /** From `uid` to the key `seq`. */
  readonly caller: string;
  /** From `euid` to the key `ns_pid`. */
  readonly session: string;
  /** From `ns_uid` to the key `arg_count`. */
  readonly program: string;
}

interface Known {
  readonly of: ExecEvent;
  readonly json: RepeatedJson;
}

const REMEMBERED_PROGRAMS = 512;
/** Of one program: its users and places. A power of two. */
const REMEMBERED_PLACES = 4;
/** Longer ones would take memory at a user's will. */
const REMEMBERED_UNITS = 1024;

/** Makes these parts and remembers them: in most lines they are the greater half of the work. */
export class RepeatedExecJson {
  readonly #known = new Map<string, Known[]>();
  #next = 0;

  of(event: ExecEvent): RepeatedJson {
    const places = this.#known.get(event.exe);
    if (places !== undefined) {
      for (const known of places) if (areAlike(known.of, event)) return known.json;
    }
    const json = makeJson(event);
    const { filename, session, program } = json;
    if (filename.length + session.length + program.length > REMEMBERED_UNITS) return json;
    const known = { of: withoutArguments(event), json };
    if (places === undefined) {
      if (this.#known.size >= REMEMBERED_PROGRAMS) this.#known.clear();
      this.#known.set(event.exe, [known]);
    } else if (places.length < REMEMBERED_PLACES) places.push(known);
    else places[this.#next++ & (REMEMBERED_PLACES - 1)] = known;
    return json;
  }
}

/** Whether all that `makeJson` uses is the same. What differs most often comes first. */
function areAlike(a: ExecEvent, b: ExecEvent): boolean {
  return (
    a.sessionId === b.sessionId &&
    a.cwd === b.cwd &&
    a.cgroupId === b.cgroupId &&
    a.comm === b.comm &&
    a.filename === b.filename &&
    a.exe === b.exe &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.euid === b.euid &&
    a.egid === b.egid &&
    a.loginUid === b.loginUid &&
    a.auditSession === b.auditSession &&
    a.tty === b.tty &&
    a.nsUid === b.nsUid &&
    a.nsGid === b.nsGid &&
    a.pidNamespace === b.pidNamespace &&
    a.nested === b.nested &&
    a.exeTruncated === b.exeTruncated &&
    a.exeOutsideRoot === b.exeOutsideRoot &&
    a.exeDevice === b.exeDevice &&
    a.exeInode === b.exeInode &&
    a.interpreter === b.interpreter &&
    a.image === b.image &&
    areSame(a.gained, b.gained) &&
    a.capEffective === b.capEffective &&
    a.cwdTruncated === b.cwdTruncated &&
    a.cwdOutsideRoot === b.cwdOutsideRoot &&
    a.cwdDeleted === b.cwdDeleted &&
    a.cgroup === b.cgroup
  );
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((each, i) => each === b[i]));
}

function makeJson(event: ExecEvent): RepeatedJson {
  return {
    filename: inOnePiece(`{"filename":${escapeJson(event.filename)},"argv":`),
    caller: inOnePiece(
      `,"uid":${String(event.uid)},"gid":${String(event.gid)},"comm":${escapeJson(event.comm)},"seq":`,
    ),
    session: inOnePiece(
      `,"euid":${String(event.euid)},"egid":${String(event.egid)}` +
        optionalNumber("login_uid", event.loginUid) +
        optionalNumber("audit_session", event.auditSession) +
        `,"session_id":${String(event.sessionId)}` +
        optionalText("tty", event.tty) +
        `,"ns_pid":`,
    ),
    program: inOnePiece(
      optionalNumber("ns_uid", event.nsUid) +
        optionalNumber("ns_gid", event.nsGid) +
        `,"pid_namespace":${String(event.pidNamespace)}` +
        (event.nested ? `,"nested":true` : "") +
        `,"exe":${escapeJson(event.exe)}` +
        (event.exeTruncated ? `,"exe_truncated":true` : "") +
        (event.exeOutsideRoot ? `,"exe_outside_root":true` : "") +
        `,"exe_device":"${event.exeDevice}","exe_inode":"${String(event.exeInode)}"` +
        optionalText("interpreter", event.interpreter) +
        (event.image === undefined ? "" : `,"image":"${event.image}"`) +
        (event.gained.length === 0 ? "" : `,"gained":["${event.gained.join('","')}"]`) +
        `,"cap_effective":"${event.capEffective.toString(16).padStart(16, "0")}"` +
        `,"cwd":${escapeJson(event.cwd)}` +
        (event.cwdTruncated ? `,"cwd_truncated":true` : "") +
        (event.cwdOutsideRoot ? `,"cwd_outside_root":true` : "") +
        (event.cwdDeleted ? `,"cwd_deleted":true` : "") +
        optionalText("cgroup", event.cgroup) +
        `,"cgroup_id":"${String(event.cgroupId)}","arg_count":`,
    ),
  };
}

/** What it keeps alive must be bounded. */
function withoutArguments(event: ExecEvent): ExecEvent {
  return { ...event, argv: [], raw: undefined };
}

function optionalNumber(key: string, value: number | undefined): string {
  return value === undefined ? "" : `,"${key}":${String(value)}`;
}

function optionalText(key: string, text: string | undefined): string {
  return text === undefined ? "" : `,"${key}":${escapeJson(text)}`;
}
