import type { GapMessage } from "../../protocol/stream.ts";
import type { EventLines, ExportedMessage, Source, ViewFilter } from "../../protocol/webviewMessages.ts";
import type { Texts } from "../../protocol/text/translate.ts";

/** A sign on a row that something about the exec is worth a look. */
export type Badge = "script" | "memfd" | "deleted" | "gained" | "nested" | "truncated" | "beforeTracing";

/** A row of the tree as it is painted. Numbers that are not known are undefined; times are milliseconds since 1970. */
interface RowBase {
  /** Names the row for as long as the view lives. */
  readonly id: number;
  /** 1 for roots. */
  readonly level: number;
  readonly positionInSet: number;
  readonly setSize: number;
  /** Undefined: nothing below it. */
  readonly expanded: boolean | undefined;
  /** Shown only because something below it matches. */
  readonly context: boolean;
  readonly username: string;
  readonly workspace: string;
}

export interface ExecRow extends RowBase {
  readonly type: "exec";
  /** Cut to 1,000 characters; with nothing in it that the screen would not show. */
  readonly command: string;
  /** A further exec of the process of the row above: "became …". */
  readonly became: boolean;
  readonly badges: readonly Badge[];
  /** Privileges gained, for the badge. */
  readonly gained: readonly string[];
  /** The command line of the exec that probably asked for this container; a guess, marked as one. */
  readonly likelyFrom: { readonly row: number; readonly command: string } | undefined;
  readonly running: boolean;
  readonly failed: boolean;
  readonly pid: number;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  readonly exitCode: number | undefined;
  readonly signalName: string | undefined;
  readonly coreDumped: boolean;
  /** It ended before `startMs + durationMs`. */
  readonly endedEarlier: boolean;
  readonly uid: number;
  /** Whose rights it has, when they are known. */
  readonly euid: number | undefined;
  readonly nsUid: number | undefined;
  readonly cwd: string | undefined;
  readonly node: string | undefined;
  readonly container: string | undefined;
  readonly parentCommand: string | undefined;
  readonly tty: string | undefined;
  readonly loginUid: number | undefined;
  readonly source: "kernel" | "sidecar" | "file";
}

/** Siblings that run the same program: "cc ×1,842, 3 failed". */
export interface FoldRow extends RowBase {
  readonly type: "fold";
  readonly program: string;
  readonly count: number;
  readonly failed: number;
  readonly running: number;
  readonly startMs: number;
  readonly meanDurationMs: number | undefined;
}

/** Events that are missing here, and why. */
export interface LossRow extends RowBase {
  readonly type: "loss";
  /** As the tracer's `kind`; `event` for gaps of the stream. */
  readonly kind: string;
  readonly reason: string;
  readonly count: number | undefined;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  /** The program whose execs were withheld. */
  readonly program?: string | undefined;
  readonly node: string | undefined;
}

/** Without process identities: the calling program under which its execs are grouped. */
export interface GroupRow extends RowBase {
  readonly type: "group";
  /** A user, a workspace or a calling program. */
  readonly grouping: "user" | "workspace" | "caller";
  readonly name: string;
  readonly count: number;
  readonly failed: number;
}

export type Row = ExecRow | FoldRow | LossRow | GroupRow;

/** What the whole model holds. Counts are of events of the kind `exec` unless they say otherwise. */
export interface ModelCounts {
  readonly total: number;
  readonly shown: number;
  readonly failed: number;
  readonly running: number;
  /** Events lost, of any kind. */
  readonly lost: number;
  /** Of these, what was lost just before this was told of it: neither long ago, nor in a recorded log. */
  readonly lostLately: number;
  /** Lines that were no event. */
  readonly otherLines: number;
  /** Execs whose line names no process: they are in groups instead of below their parents. */
  readonly grouped: number;
  /** Events that came while paused. */
  readonly waiting: number;
  /** Execs that had to go because the view is full. */
  readonly dropped: number;
}

/** Of a model that holds nothing. */
export const NO_COUNTS: ModelCounts = {
  total: 0,
  shown: 0,
  failed: 0,
  running: 0,
  lost: 0,
  lostLately: 0,
  otherLines: 0,
  grouped: 0,
  waiting: 0,
  dropped: 0,
};

/** Which part of the visible rows the screen shows. */
export interface RowWindow {
  /** Rows before and after the screen are included by who asks. */
  readonly first: number;
  readonly count: number;
  /** A row on the screen whose place must be told when rows come and go above it; undefined while following. */
  readonly anchor: number | undefined;
}

/** The timeline's buckets; arrays of the same length. */
export interface Timeline {
  readonly firstMs: number;
  readonly bucketMs: number;
  /** Execs, without those that failed. */
  readonly succeeded: Float64Array;
  readonly failed: Float64Array;
  /** 1 where something was lost. */
  readonly lost: Uint8Array;
}

/** Everything known of one row's exec. */
export interface RowDetails {
  readonly row: number;
  /** The log's own line, as it came; undefined for rows that are no exec. */
  readonly json: string | undefined;
  /** The exit's log line. */
  readonly exitJson: string | undefined;
  /** From the root down, without the row itself. */
  readonly ancestors: readonly { readonly row: number; readonly program: string }[];
  readonly summary: Row;
}

/** What the screen says to the worker first: what is wrong with a filter is put into words there. */
export interface WorkerStart {
  readonly type: "texts";
  readonly texts: Texts;
}

/** What the screen says to the model. */
export type ToWorker =
  | { readonly type: "options"; readonly foldRepeats: boolean; readonly eventsKept: number }
  | { readonly type: "source"; readonly source: Source }
  | { readonly type: "sourceRemoved"; readonly id: string }
  | ({ readonly type: "events"; readonly source: string; readonly batch: number } & EventLines)
  | { readonly type: "gap"; readonly source: string; readonly gap: GapMessage }
  /** `range`: milliseconds since 1970; `subtree`: a row; `hidden`: names of programs. */
  | {
      readonly type: "filter";
      readonly filter: ViewFilter;
      readonly range: readonly [number, number] | undefined;
      readonly subtree: number | undefined;
      readonly hidden: readonly string[];
    }
  | { readonly type: "window"; readonly window: RowWindow }
  /** A hidden view is told nothing until it is shown again. */
  | { readonly type: "visible"; readonly visible: boolean }
  | { readonly type: "expand"; readonly row: number; readonly expanded: boolean }
  /** With everything below it. */
  | { readonly type: "expandAll"; readonly row: number | undefined; readonly expanded: boolean }
  | { readonly type: "pause"; readonly paused: boolean }
  | { readonly type: "details"; readonly row: number }
  /** Opens what hides the row; `place` answers. */
  | { readonly type: "reveal"; readonly row: number }
  | { readonly type: "export"; readonly id: number; readonly scope: "shown" | "everything" }
  | { readonly type: "exportNext"; readonly id: number }
  | { readonly type: "exportCancel"; readonly id: number };

/** What the model says to the screen. */
export type FromWorker =
  /** After a change and after each `window`. `anchorIndex`: where the window's anchor is now. */
  | {
      readonly type: "rows";
      readonly window: RowWindow;
      readonly first: number;
      readonly rows: readonly Row[];
      readonly visibleRows: number;
      readonly anchorIndex: number | undefined;
      readonly counts: ModelCounts;
    }
  | { readonly type: "timeline"; readonly timeline: Timeline }
  | { readonly type: "consumed"; readonly source: string; readonly batch: number }
  | { readonly type: "details"; readonly details: RowDetails | undefined }
  | { readonly type: "place"; readonly row: number; readonly index: number | undefined }
  /** The filter in force; `error`: what is wrong with its expression, which then changes nothing. */
  | {
      readonly type: "filtered";
      readonly expression: string;
      readonly error: { readonly message: string; readonly at: number; readonly length: number } | undefined;
      readonly tookMs: number;
    }
  | ExportedMessage
  | { readonly type: "problem"; readonly message: string };
