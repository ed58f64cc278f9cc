import { Emitter } from "../../../../extension/emitter.ts";
import type {
  EventSink,
  EventSource,
  EventSubscription,
  WorkspacesChange,
} from "../../../../extension/source/eventSource.ts";
import type { ReadHistory } from "../../../../extension/history/readHistory.ts";
import type { NodeState, StreamFilter } from "../../../../protocol/stream.ts";
import type { SourceKind, SourceState } from "../../../../protocol/webviewMessages.ts";

/** A source in memory that a test plays. */
export class FakeSource implements EventSource {
  readonly id: string;
  kind: SourceKind = "tracer";
  readonly name = "node-a";
  place: string | undefined;
  node: NodeState | undefined;
  readonly workspaces = new Map<string, never>();
  readonly #stateEmitter = new Emitter<void>();
  readonly onDidChangeState = this.#stateEmitter.event;
  readonly #nodeEmitter = new Emitter<void>();
  readonly onDidChangeNode = this.#nodeEmitter.event;
  readonly onDidChangeWorkspaces = new Emitter<WorkspacesChange>().event;
  state: SourceState = { type: "connected" };
  sink: EventSink | undefined;
  readonly filters: StreamFilter[] = [];
  readHistory: ReadHistory | undefined;
  earliestSeq: number | undefined;
  disposed = 0;
  retries = 0;

  constructor(id: string) {
    this.id = id;
  }

  subscribe(filter: StreamFilter, sink: EventSink): EventSubscription {
    this.sink = sink;
    this.filters.push(filter);
    return {
      earliestSeq: this.earliestSeq,
      setFilter: (next) => this.filters.push(next),
      dispose: () => {
        this.sink = undefined;
      },
    };
  }

  become(state: SourceState): void {
    this.state = state;
    this.#stateEmitter.fire();
  }

  /** Its node has other counters. */
  tell(node: NodeState): void {
    this.node = node;
    this.#nodeEmitter.fire();
  }

  retry(): void {
    this.retries++;
  }

  dispose(): void {
    this.disposed++;
  }
}
