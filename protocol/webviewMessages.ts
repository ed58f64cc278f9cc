import type { GapMessage, WorkspaceName } from "./stream.ts";

/** Columns of the process tree, besides the command line, which is always shown. */
export const COLUMNS = [
  "pid",
  "user",
  "workspace",
  "started",
  "duration",
  "exit",
  "uid",
  "containerUser",
  "cwd",
  "node",
  "container",
  "parent",
  "terminal",
  "login",
  "source",
] as const;

export type Column = (typeof COLUMNS)[number];

/** How times are shown: of day in local time, of day in UTC, date and time, or since now. */
export const TIME_FORMATS = ["local", "utc", "dateTime", "relative"] as const;

export type TimeFormat = (typeof TIME_FORMATS)[number];

/** What the user set for the view. */
export interface ViewSettings {
  readonly columns: readonly Column[];
  readonly foldRepeats: boolean;
  readonly timeFormat: TimeFormat;
  /** Events kept in the view; the oldest ended ones go first, and are counted. */
  readonly eventsKept: number;
}

/** What the view's events come from. */
export type SourceKind = "tracer" | "pods" | "file";

/** How it is with a source. Texts are for people; times are milliseconds since 1970. */
export type SourceState =
  | { readonly type: "connecting" }
  | { readonly type: "connected" }
  | {
      readonly type: "disconnected";
      readonly sinceMs: number;
      readonly why: string;
      readonly retryMs: number | undefined;
    }
  | {
      readonly type: "reading";
      readonly readBytes: number;
      readonly totalBytes: number | undefined;
    }
  | { readonly type: "read"; readonly events: number; readonly otherLines: number };

/** A tracer, or a file that was opened. */
export interface Source {
  readonly id: string;
  readonly kind: SourceKind;
  /** The machine or the file, as the user knows it. */
  readonly name: string;
  readonly state: SourceState;
}

/** Which events are shown; an expression in the grammar of the filter box. */
export interface ViewFilter {
  readonly usernames: readonly string[];
  readonly workspaces: readonly WorkspaceName[];
  readonly expression: string;
}

/** What a row's context menu can do, done by the view itself. */
export const ROW_ACTIONS = [
  "onlySubtree",
  "hideProgram",
  "filterUser",
  "filterWorkspace",
  "copyCommand",
  "copyJson",
] as const;

export type RowAction = (typeof ROW_ACTIONS)[number];

/** Log lines in UTF-8, a newline after each. */
export interface EventLines {
  /** The lines, or what they are packed into by raw deflate (RFC 1951). */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Of lines that are packed, their own length in bytes. */
  readonly unpackedLength?: number | undefined;
  /** … and how many they are: to be told where they can't be unpacked. */
  readonly unpackedLines?: number | undefined;
}

/** All that the extension says to the view. */
export type HostMessage =
  | { readonly type: "settings"; readonly settings: ViewSettings }
  /** Replaces what was known of this source; an unknown id is a new source. */
  | { readonly type: "source"; readonly source: Source }
  /** Takes a source and its events out of the view. */
  | { readonly type: "sourceRemoved"; readonly id: string }
  /**
   * Log lines of this source. `consumed` answers, so that the sender can wait. The editor passes bytes on as they are, but
   * makes JSON of texts, twice; it sends all of the buffer that they are part of.
   */
  | ({ readonly type: "events"; readonly source: string; readonly batch: number } & EventLines)
  | { readonly type: "gap"; readonly source: string; readonly gap: GapMessage }
  | { readonly type: "filter"; readonly filter: ViewFilter }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "rowAction"; readonly action: RowAction; readonly row: number }
  | { readonly type: "focusFilter" }
  /** Ends what narrows the view beyond the filter. */
  | { readonly type: "clearNarrowing" }
  /** Whether the tab is shown: a page that is kept while hidden can't see that by itself. */
  | { readonly type: "visible"; readonly visible: boolean }
  /** `exported` answers with the first part, and `exportNext` asks for each further one. */
  | { readonly type: "export"; readonly id: number; readonly scope: "shown" | "everything" }
  | { readonly type: "exportNext"; readonly id: number }
  | { readonly type: "exportCancel"; readonly id: number };

/** What the view shows, for the status bar and the commands. */
export interface ViewStatus {
  readonly total: number;
  readonly shown: number;
  readonly failed: number;
  /** Events lost while the view looked on; what recorded logs and earlier events tell of is not among them. */
  readonly lost: number;
  readonly paused: boolean;
  /** Events that came while paused. */
  readonly waiting: number;
  /** What is chosen in the timeline, milliseconds since 1970. */
  readonly range: readonly [number, number] | undefined;
  /** Beyond the filter, a time range, a subtree or hidden programs narrow what is shown. */
  readonly narrowed: boolean;
}

/** Commands that the view's own buttons stand for. */
export const VIEW_COMMANDS = [
  "filterByUsername",
  "filterByWorkspace",
  "filterByExpression",
  "clearFilters",
  "export",
  "openLogFile",
  "connect",
  "copyKubectlCommand",
  "copyCloudWatchQuery",
] as const;

export type ViewCommand = (typeof VIEW_COMMANDS)[number];

/** A part of an export: log lines, a newline after each. */
export interface ExportedMessage {
  readonly type: "exported";
  readonly id: number;
  readonly lines: string;
  /** So far, and in all: those that have gone from the view meanwhile are among all only. */
  readonly events: number;
  readonly totalEvents: number;
  readonly done: boolean;
}

/** All that the view says to the extension. */
export type ViewMessage =
  /** The view has begun and knows nothing: it wants settings, sources, filter and events. */
  | { readonly type: "ready" }
  | { readonly type: "consumed"; readonly source: string; readonly batch: number }
  | { readonly type: "status"; readonly status: ViewStatus }
  /** The user changed the filter in the view. */
  | { readonly type: "filter"; readonly filter: ViewFilter }
  | { readonly type: "settings"; readonly columns: readonly Column[]; readonly foldRepeats: boolean }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "command"; readonly command: ViewCommand }
  | ExportedMessage
  /** Something went wrong in the view; for the extension's own log. */
  | { readonly type: "problem"; readonly message: string };
