import { parseRecordedLine } from "../../protocol/parseRecordedEvent.ts";
import type { RecordedEvent, RecordedExec } from "../../protocol/recordedEvent.ts";
import { visibleCell } from "./visibleCell.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

type Cell = string | number | boolean | undefined;
type Column = readonly [name: string, cell: (event: RecordedEvent) => Cell];

/** A cell that only execs have. */
function ofExec(cell: (exec: RecordedExec) => Cell): (event: RecordedEvent) => Cell {
  return (event) => (event.type === "exec" ? cell(event) : undefined);
}

const COLUMNS: readonly Column[] = [
  ["time", ({ timeMs }) => new Date(timeMs).toISOString()],
  ["type", (event) => (event.type === "exec" && event.beforeTracing ? "process" : event.type)],
  ["username", ({ labels }) => labels["username"]],
  ["workspace_name", ({ labels }) => labels["workspace_name"]],
  ["cmdline", ofExec(({ cmdline }) => cmdline)],
  ["filename", ofExec(({ filename }) => filename)],
  ["exe", ofExec(({ exe }) => exe)],
  ["comm", ofExec(({ comm }) => comm)],
  ["pid", (event) => (event.type === "lost" ? undefined : event.pid)],
  ["ppid", ofExec(({ ppid }) => ppid)],
  ["uid", ofExec(({ uid }) => uid)],
  ["euid", ofExec(({ euid }) => euid)],
  ["login_uid", ofExec(({ loginUid }) => loginUid)],
  ["ns_pid", ofExec(({ nsPid }) => nsPid)],
  ["ns_uid", ofExec(({ nsUid }) => nsUid)],
  ["tty", ofExec(({ tty }) => tty)],
  ["cwd", ofExec(({ cwd }) => cwd)],
  ["truncated", ofExec(({ truncated }) => truncated)],
  ["nested", ofExec(({ nested }) => nested)],
  ["image", ofExec(({ image }) => image)],
  ["gained", ofExec(({ gained }) => gained.join(" "))],
  ["exit_code", (event) => (event.type === "exit" ? event.exitCode : undefined)],
  ["signal", (event) => (event.type === "exit" ? (event.signalName ?? event.signal) : undefined)],
  ["duration_ms", (event) => (event.type === "exit" ? event.durationMs : undefined)],
  ["lost_kind", (event) => (event.type === "lost" ? event.kind : undefined)],
  ["lost_reason", (event) => (event.type === "lost" ? event.reason : undefined)],
  ["lost_count", (event) => (event.type === "lost" ? event.count : undefined)],
  ["lost_first", (event) => (event.type === "lost" ? new Date(event.firstMs).toISOString() : undefined)],
  ["lost_last", (event) => (event.type === "lost" ? new Date(event.lastMs).toISOString() : undefined)],
  ["node", ({ node }) => node],
  ["cgroup", ofExec(({ cgroup }) => cgroup)],
  ["seq", ({ seq }) => seq],
  ["exec_id", (event) => (event.type === "lost" ? undefined : event.execId)],
  ["parent_exec_id", ofExec(({ parentId }) => parentId)],
];

/** The first record, with its line end. */
export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(",")}\r\n`;

/** Log lines as records of comma-separated values, one each, without the header. Throws on a line that is no event. */
export function csvRecords(lines: string): string {
  let records = "";
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const event = parseRecordedLine(line);
    if (event === undefined)
      throw new ShownError((t) => t("could not export a line that is no event: report this, with the log"));
    records += `${COLUMNS.map(([, cell]) => cellText(cell(event))).join(",")}\r\n`;
  }
  return records;
}

/** Numbers and truths are ours: nothing hostile is in them. */
function cellText(cell: Cell): string {
  if (cell === undefined) return "";
  return typeof cell === "string" ? visibleCell(cell) : String(cell);
}
