import type { RecordedExec } from "../../protocol/recordedEvent.ts";
import type { ExecRow } from "../worker/workerMessages.ts";
import { formatDuration, formatFullTime } from "./timeText.ts";

/** A name and a value of the details; the value is hostile. */
export interface DetailField {
  readonly name: string;
  readonly value: string;
}

const SOURCES: Readonly<Record<ExecRow["source"], string>> = {
  kernel: "the kernel",
  sidecar: "a sidecar's log",
  file: "a file",
};

/** The facts of an exec that people ask for first, in their order; those that are not known are left out. */
export function detailFields(exec: RecordedExec, row: ExecRow): readonly DetailField[] {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["Started", formatFullTime(row.startMs)],
    ["Ended", ending(row)],
    ["Workspace", place(row)],
    [
      "Container",
      exec.nested ? `nested${row.container === undefined ? "" : `: ${row.container}`}` : row.container,
    ],
    ["File", exec.exe ?? exec.filename],
    ["Called as", exec.exe === undefined || exec.exe === exec.filename ? undefined : exec.filename],
    ["Interpreter", exec.interpreter],
    ["Directory", exec.cwd],
    ["User", userText(exec)],
    ["Login user", exec.loginUid === undefined ? undefined : `uid ${exec.loginUid}`],
    ["PID", pidText(exec)],
    ["Called by", exec.comm],
    ["Terminal", exec.tty],
    ["Gained", exec.gained.length === 0 ? undefined : exec.gained.join(", ")],
    ["Cgroup", exec.cgroup],
    ["Told by", SOURCES[row.source]],
  ];
  return fields.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value }]));
}

function ending(row: ExecRow): string | undefined {
  const how = row.signalName ?? (row.exitCode === undefined ? undefined : `exit ${row.exitCode}`);
  const after = row.durationMs === undefined ? undefined : `after ${formatDuration(row.durationMs)}`;
  if (how === undefined && after === undefined) return row.running ? "still running" : undefined;
  if (how === undefined) return `${after ?? ""}, became another program`;
  return after === undefined ? how : `${after}, ${how}`;
}

function place(row: ExecRow): string {
  const where = row.node === undefined ? "" : ` on ${row.node}`;
  return `${row.username === "" ? "unknown" : row.username} / ${row.workspace === "" ? "unknown" : row.workspace}${where}`;
}

function userText(exec: RecordedExec): string {
  const inside = exec.nsUid === undefined || exec.nsUid === exec.uid ? "" : `uid ${exec.nsUid} inside · `;
  const effective =
    exec.euid === undefined || exec.euid === exec.uid ? "" : ` · runs with the rights of uid ${exec.euid}`;
  return `${inside}uid ${exec.uid} on the host${effective}`;
}

function pidText(exec: RecordedExec): string {
  const inside = exec.nsPid === undefined || exec.nsPid === exec.pid ? "" : `${exec.nsPid} inside · `;
  return `${inside}${exec.pid} on the host${exec.ppid === undefined ? "" : ` · parent ${exec.ppid}`}`;
}
