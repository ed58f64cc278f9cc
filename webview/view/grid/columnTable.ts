import type { Column, TimeFormat } from "../../../protocol/webviewMessages.ts";
import { formatCount, formatShortCount } from "../numberText.ts";
import { formatDuration, formatFullTime, formatTime } from "../timeText.ts";
import type { ExecRow, FoldRow, GroupRow, Row } from "../../worker/workerMessages.ts";
import { t } from "../../../protocol/text/translate.ts";

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

/** Titles when they are shown, in the reader's language. */
const COLUMN_INFO: Readonly<Record<Column, Omit<ColumnInfo, "title"> & { readonly title: () => string }>> = {
  pid: { title: () => t("PID"), width: 68, numeric: true },
  user: { title: () => t("User"), width: 72, numeric: false },
  workspace: { title: () => t("Workspace"), width: 80, numeric: false },
  started: { title: () => t("Started"), width: 126, numeric: false },
  duration: { title: () => t("Duration"), width: 88, numeric: true },
  exit: { title: () => t("Exit"), width: 96, numeric: true },
  uid: { title: () => t("UID"), width: 70, numeric: true },
  containerUser: { title: () => t("Container user"), width: 100, numeric: true },
  cwd: { title: () => t("Directory"), width: 180, numeric: false },
  node: { title: () => t("Node"), width: 100, numeric: false },
  container: { title: () => t("Container"), width: 110, numeric: false },
  parent: { title: () => t("Parent"), width: 140, numeric: false },
  terminal: { title: () => t("Terminal"), width: 72, numeric: false },
  login: { title: () => t("Login UID"), width: 78, numeric: true },
  source: { title: () => t("Source"), width: 78, numeric: false },
};

/** A column's title and width; `dateTime` needs more room for times. */
export function columnInfo(column: Column, timeFormat: TimeFormat): ColumnInfo {
  const { title, width, numeric } = COLUMN_INFO[column];
  const isLong = column === "started" && timeFormat === "dateTime";
  return { title: title(), width: isLong ? 180 : width, numeric };
}

/** Whether a column's cells stand at their right edge; asked for each cell that is painted. */
export function isNumeric(column: Column): boolean {
  return COLUMN_INFO[column].numeric;
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
      if (row.durationMs !== undefined)
        return plain(`${row.endedEarlier ? "≤ " : ""}${formatDuration(row.durationMs)}`);
      return row.running ? { text: t("running"), tone: "running" } : EMPTY;
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
      if (row.running > 0) return runningPart(row);
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

/** `3 failed`, and in full `3 of 48 failed`. */
function failedCount(row: FoldRow | GroupRow): Cell {
  if (row.failed === 0) return EMPTY;
  return {
    text: t("{0} failed", formatShortCount(row.failed)),
    tone: "failed",
    title: t("{0} of {1} failed", formatCount(row.failed), formatCount(row.count)),
  };
}

function runningPart(row: FoldRow): Cell {
  return {
    text: t("{0} running", formatShortCount(row.running)),
    tone: "running",
    title: t("{0} of {1} running", formatCount(row.running), formatCount(row.count)),
  };
}

function plain(text: string): Cell {
  return text === "" ? EMPTY : { text, tone: "" };
}

function optional(value: string | number | undefined): Cell {
  return value === undefined ? EMPTY : plain(String(value));
}
