import type { StreamFilter, WorkspaceState } from "../../protocol/stream.ts";
import type { SourceState } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { EventSink, EventSource, EventSubscription, WorkspacesChange } from "../source/eventSource.ts";
import { logFailure } from "./logFailure.ts";
import type { LogInput } from "./logInput.ts";
import { LogReading } from "./logReading.ts";
import { readLog } from "./readLog.ts";
import { WorkspaceTally } from "./workspaceTally.ts";

/** How often views are told of progress and workspaces. */
const TELL_MS = 1_000;

const utf8 = new TextEncoder();

/**
 * A recorded log as a source of events. It is read from its beginning for each subscription, as fast as the sink
 * takes it, and sends everything: the view filters. What can't be read to its end is `disconnected`, which says why.
 */
export class FileSource implements EventSource {
  readonly kind = "file";
  readonly id: string;
  readonly name: string;
  readonly place: string | undefined;
  readonly node = undefined;
  readonly #input: LogInput;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #stateEmitter = new Emitter<void>();
  readonly #nodeEmitter = new Emitter<void>();
  readonly #workspacesEmitter = new Emitter<WorkspacesChange>();
  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidChangeNode = this.#nodeEmitter.event;
  readonly onDidChangeWorkspaces = this.#workspacesEmitter.event;
  #state: SourceState = { type: "reading", readBytes: 0, totalBytes: undefined };
  #workspaces = new Map<string, WorkspaceState>();
  #current: LogReading | undefined;

  constructor(input: LogInput, clock: Pick<Clock, "nowMs">) {
    this.#input = input;
    this.#clock = clock;
    this.id = input.id;
    this.name = input.name;
    this.place = input.place;
  }

  get state(): SourceState {
    return this.#state;
  }

  get workspaces(): ReadonlyMap<string, WorkspaceState> {
    return this.#workspaces;
  }

  subscribe(_filter: StreamFilter, sink: EventSink): EventSubscription {
    this.#current?.dispose();
    const reading = new LogReading();
    this.#current = reading;
    void this.#read(sink, reading);
    return reading;
  }

  dispose(): void {
    this.#current?.dispose();
    this.#stateEmitter.dispose();
    this.#nodeEmitter.dispose();
    this.#workspacesEmitter.dispose();
  }

  /** Never rejects. */
  async #read(sink: EventSink, reading: LogReading): Promise<void> {
    const tally = new WorkspaceTally();
    let events = 0;
    let otherLines = 0;
    let toldMs = this.#clock.nowMs();
    this.#workspaces = new Map();
    this.#workspacesEmitter.fire({ all: true, changed: [], removed: [] });
    try {
      const totalBytes = await this.#input.sizeBytes();
      if (reading.hasEnded()) return;
      this.#setState({ type: "reading", readBytes: 0, totalBytes });
      const batches = readLog(this.#input, (event, value) => {
        tally.add(event, value);
      });
      // While a batch is on its way, the next one is read.
      let sending = Promise.resolve();
      for await (const batch of batches) {
        await Promise.race([sending, reading.ended]);
        if (reading.hasEnded()) return;
        ({ events, otherLines } = batch);
        if (batch.lines !== "") sending = sink.events(utf8.encode(batch.lines));
        const nowMs = this.#clock.nowMs();
        if (nowMs - toldMs < TELL_MS) continue;
        toldMs = nowMs;
        this.#setState({ type: "reading", readBytes: batch.readBytes, totalBytes });
        this.#tellWorkspaces(tally);
      }
      await Promise.race([sending, reading.ended]);
      if (reading.hasEnded()) return;
      this.#tellWorkspaces(tally);
      this.#setState({ type: "read", events, otherLines });
    } catch (error) {
      if (reading.hasEnded()) return;
      this.#tellWorkspaces(tally);
      const why = logFailure(this.name, error, { events, otherLines });
      this.#setState({ type: "disconnected", sinceMs: this.#clock.nowMs(), why, retryMs: undefined });
    }
  }

  #setState(state: SourceState): void {
    this.#state = state;
    this.#stateEmitter.fire();
  }

  #tellWorkspaces(tally: WorkspaceTally): void {
    const changed = tally.takeChanged();
    if (changed.length === 0) return;
    for (const workspace of changed) this.#workspaces.set(workspace.id, workspace);
    this.#workspacesEmitter.fire({ all: false, changed, removed: [] });
  }
}
