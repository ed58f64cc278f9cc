import type { HeadMessage, HistoryHead, NodeState, StreamFilter } from "../../../protocol/stream.ts";
import type { SourceState } from "../../../protocol/webviewMessages.ts";
import type { Event } from "../../event.ts";
import type { ReadHistory } from "../../history/readHistory.ts";
import { Emitter } from "../../emitter.ts";
import type {
  EventSink,
  EventSource,
  EventSubscription,
  WorkspacesChange,
} from "../../source/eventSource.ts";
import type { ShownWorkspace } from "../../source/shownWorkspace.ts";
import type { TracerSource } from "../../source/tracerSource.ts";

const NO_WORKSPACES: ReadonlyMap<string, ShownWorkspace> = new Map();

/** Between a cluster's id and a node's name, which can't hold it. */
const NODE = "\nnode:";

/** Id of the source that is the tracer of a node. */
export function nodeTracerId(clusterId: string, node: string): string {
  return clusterId + NODE + node;
}

/** The parts of such an id; undefined for any other. */
export function parseNodeTracerId(
  id: string,
): { readonly clusterId: string; readonly node: string } | undefined {
  const at = id.lastIndexOf(NODE);
  return at < 0 ? undefined : { clusterId: id.slice(0, at), node: id.slice(at + NODE.length) };
}

/** A node's tracer as a source of events. Its workspaces are told by its cluster, which knows more of them. */
export class NodeTracer implements EventSource {
  readonly kind = "tracer";
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  readonly workspaces = NO_WORKSPACES;
  readonly onDidChangeState: Event<void>;
  readonly onDidChangeNode: Event<void>;
  readonly onDidChangeWorkspaces = new Emitter<WorkspacesChange>().event;
  readonly readHistory: ReadHistory | undefined;
  readonly #tracer: TracerSource;

  constructor(clusterId: string, node: string, tracer: TracerSource) {
    this.id = nodeTracerId(clusterId, node);
    this.clusterId = clusterId;
    this.name = node;
    this.#tracer = tracer;
    this.readHistory = tracer.readHistory;
    this.onDidChangeState = tracer.onDidChangeState;
    this.onDidChangeNode = tracer.onDidChangeNode;
  }

  get state(): SourceState {
    return this.#tracer.state;
  }

  get node(): NodeState | undefined {
    return this.#tracer.node;
  }

  subscribe(filter: StreamFilter, sink: EventSink): EventSubscription {
    return this.#tracer.subscribe(filter, sink);
  }

  checkHead(head: HistoryHead): Promise<HeadMessage["answer"] | undefined> {
    return this.#tracer.checkHead(head);
  }

  retry(): void {
    this.#tracer.retry();
  }

  dispose(): void {
    this.#tracer.dispose();
  }
}
