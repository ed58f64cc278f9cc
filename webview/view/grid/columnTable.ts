import type { Column, TimeFormat } from "../../../protocol/webviewMessages.ts";
import { formatCount, formatShortCount } from "../numberText.ts";
import { formatDuration, formatFullTime, formatTime } from "../timeText.ts";
import type { ExecRow, FoldRow, GroupRow, Row } from "../../worker/workerMessages.ts";

/** A cell's text and how it stands out. */
export interface Cell {
  readonly text: string;
  readonly tone: "" | "running" | "failed" | "faint";
  /** In full, where the text is short of it. */
  readonly title?: string;
}

/** What times in cells depend on. */
export interface CellContext {
  readonly timeFormat: TimeFormat;
  readonly nowMs: number;
}

/** How a column looks. */
export interface ColumnInfo {
  readonly title: string;
  /** Pixels, until the user changes it. */
  readonly width: number;
  readonly numeric: boolean;
}

const EMPTY: Cell = { text: "", tone: "" };

const COLUMN_INFO: Readonly<Record<Column, ColumnInfo>> = {
  pid: { title: "PID", width: 68, numeric: true },
  user: { title: "User", width: 72, numeric: false },
  workspace: { title: "Workspace", width: 80, numeric: false },
  started: { title: "Started", width: 126, numeric: false },
  duration: { title: "Duration", width: 88, numeric: true },
  exit: { title: "Exit", width: 96, numeric: true },
  uid: { title: "UID", width: 70, numeric: true },
  containerUser: { title: "Container user", width: 100, numeric: true },
  cwd: { title: "Directory", width: 180, numeric: false },
  node: { title: "Node", width: 100, numeric: false },
  container: { title: "Container", width: 110, numeric: false },
  parent: { title: "Parent", width: 140, numeric: false },
  terminal: { title: "Terminal", width: 72, numeric: false },
  login: { title: "Login UID", width: 78, numeric: true },
  source: { title: "Source", width: 78, numeric: false },
};

/** A column's title and width; `dateTime` needs more room for times. */
export function columnInfo(column: Column, timeFormat: TimeFormat): ColumnInfo {
  const info = COLUMN_INFO[column];
  return column === "started" && timeFormat === "dateTime" ? { ...info, width: 180 } : info;
}

/** What a row says in a column. */
export function cellOf(row: Row, column: Column, context: CellContext): Cell {
  switch (row.type) {
    case "exec":
      return execCell(row, column, context);
    case "fold":
      return foldCell(row, column, context);
    case "group":
      return column === "exit" ? failedCount(row) : EMPTY;
    case "loss":
      return EMPTY;
  }
}

function execCell(row: ExecRow, column: Column, context: CellContext): Cell {
  switch (column) {
    case "pid":
      return plain(String(row.pid));
    case "user":
      return plain(row.username);
    case "workspace":
      return plain(row.workspace);
    case "started":
      return started(row.startMs, context);
    case "duration":
      if (row.durationMs !== undefined) return plain(formatDuration(row.durationMs));
      return row.running ? { text: "running", tone: "running" } : EMPTY;
    case "exit": {
      const text = row.signalName ?? (row.exitCode === undefined ? "" : String(row.exitCode));
      return { text, tone: row.failed ? "failed" : "faint" };
    }
    case "uid":
      return plain(String(row.uid));
    case "containerUser":
      return optional(row.nsUid);
    case "cwd":
      return optional(row.cwd);
    case "node":
      return optional(row.node);
    case "container":
      return optional(row.container);
    case "parent":
      return optional(row.parentCommand);
    case "terminal":
      return optional(row.tty);
    case "login":
      return optional(row.loginUid);
    case "source":
      return plain(row.source);
  }
}

function foldCell(row: FoldRow, column: Column, context: CellContext): Cell {
  switch (column) {
    case "user":
      return plain(row.username);
    case "workspace":
      return plain(row.workspace);
    case "started":
      return started(row.startMs, context);
    case "duration":
      if (row.running > 0) return partOf(row.running, row, "running");
      return plain(row.meanDurationMs === undefined ? "" : `⌀ ${formatDuration(row.meanDurationMs)}`);
    case "exit":
      return failedCount(row);
    case "pid":
    case "uid":
    case "containerUser":
    case "cwd":
    case "node":
    case "container":
    case "parent":
    case "terminal":
    case "login":
    case "source":
      return EMPTY;
  }
}

function started(ms: number, { timeFormat, nowMs }: CellContext): Cell {
  return { text: formatTime(ms, timeFormat, nowMs), tone: "", title: formatFullTime(ms) };
}

function failedCount(row: FoldRow | GroupRow): Cell {
  return row.failed === 0 ? EMPTY : partOf(row.failed, row, "failed");
}

/** `3 failed`, and in full `3 of 48 failed`. */
function partOf(part: number, { count }: FoldRow | GroupRow, tone: "running" | "failed"): Cell {
  return {
    text: `${formatShortCount(part)} ${tone}`,
    tone,
    title: `${formatCount(part)} of ${formatCount(count)} ${tone}`,
  };
}

function plain(text: string): Cell {
  return text === "" ? EMPTY : { text, tone: "" };
}

function optional(value: string | number | undefined): Cell {
  return value === undefined ? EMPTY : plain(String(value));
}
