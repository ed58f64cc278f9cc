import type { Disposable, Event } from "../event.ts";

import type { GapMessage, HeadMessage, HistoryHead, NodeState, StreamFilter } from "../../protocol/stream.ts";
import type { SourceKind, SourceState } from "../../protocol/webviewMessages.ts";
import type { ReadHistory } from "../history/readHistory.ts";
import type { ShownWorkspace } from "./shownWorkspace.ts";

/** Takes the events that a subscription brings. */
export interface EventSink {
  /** Log lines in UTF-8, a newline after each. Resolves when there is room for more; until then the source waits. */
  events(lines: Uint8Array<ArrayBuffer>): Promise<void>;
  gap(gap: GapMessage): void;
}

/** Workspaces that are new or have changed; with `all`, every other one is forgotten. */
export interface WorkspacesChange {
  readonly all: boolean;
  readonly changed: readonly ShownWorkspace[];
  readonly removed: readonly string[];
}

/** Where events come from: a node's tracer, or a log file. It never throws: what goes wrong is its state. */
export interface EventSource extends Disposable {
  /** Unique among all sources, and the same for the same tracer or file. */
  readonly id: string;
  readonly kind: SourceKind;
  /** The machine or the file, as the user knows it. */
  readonly name: string;
  /** Where it is reached or lies, to tell it from others of the same name; undefined where there can be none. */
  readonly place?: string | undefined;
  /** Id of the cluster that the tracer belongs to and below which it is shown. */
  readonly clusterId?: string | undefined;
  readonly state: SourceState;
  readonly onDidChangeState: Event<void>;
  /** Undefined until the tracer has said hello, and for files. */
  readonly node: NodeState | undefined;
  readonly onDidChangeNode: Event<void>;
  /** By id. */
  readonly workspaces: ReadonlyMap<string, ShownWorkspace>;
  readonly onDidChangeWorkspaces: Event<WorkspacesChange>;
  /** Asks for events of before; undefined for sources that have none. */
  readonly readHistory?: ReadHistory | undefined;
  /** Whether the history goes on from a head; undefined when the connection ended before the answer. */
  checkHead?(head: HistoryHead): Promise<HeadMessage["answer"] | undefined>;
  /**
   * Sends events to `sink`, first those of the last minutes, or all that a file has; the result's `dispose` ends that. One at a time:
   * a second subscription replaces the first. `setFilter` changes it in place.
   */
  subscribe(filter: StreamFilter, sink: EventSink): EventSubscription;
}

export interface EventSubscription extends Disposable {
  /** Number of the first event that came by the filter in force; undefined until then, and for files. */
  readonly earliestSeq?: number | undefined;
  setFilter(filter: StreamFilter): void;
}
