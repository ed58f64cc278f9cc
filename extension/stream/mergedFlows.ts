import type { Clock } from "../clock.ts";
import type { EventSink } from "../source/eventSource.ts";
import { EventMerge, type LateEvents, type Merged } from "./eventMerge.ts";

/** How often late events are told, ms. */
const TELL_LATE_MS = 60_000;

/** What the merge of flows needs of the outside. */
export interface MergedFlowsOptions {
  readonly clock: Clock;
  /** Events of this source came later than anything was held for them: at most once a minute for each source. */
  readonly onLate: (source: string, late: LateEvents) => void;
}

interface Flow {
  readonly sink: EventSink;
  /** Fulfilled when the sink has room after what went out last; undefined while it has. */
  room: Promise<void> | undefined;
  lateToldMs: number;
}

/** Brings the events of several sources into the order of time on their way to their own sinks; see `EventMerge`. */
export class MergedFlows {
  readonly #options: MergedFlowsOptions;
  readonly #merge = new EventMerge();
  readonly #flows = new Map<string, Flow>();
  #cancelTimer: (() => void) | undefined;
  #timerMs = Infinity;

  constructor(options: MergedFlowsOptions) {
    this.#options = options;
  }

  /** What this source says is to be given to the result instead of `sink`; what is held is not waited for by the source. */
  open(id: string, sink: EventSink): EventSink {
    const { clock } = this.#options;
    const flow: Flow = { sink, room: undefined, lateToldMs: -Infinity };
    this.#flows.set(id, flow);
    this.#merge.join(id, clock.nowMs());
    return {
      events: (lines) => {
        if (this.#flows.get(id) !== flow) return Promise.resolve();
        this.#merge.add(id, { type: "events", lines }, clock.nowMs());
        this.#release();
        return flow.room ?? Promise.resolve();
      },
      gap: (gap) => {
        if (this.#flows.get(id) !== flow) return;
        this.#merge.add(id, { type: "gap", gap }, clock.nowMs());
        this.#release();
      },
    };
  }

  /** As `EventMerge`. */
  setLive(id: string, live: boolean): void {
    this.#merge.setLive(id, live, this.#options.clock.nowMs());
    // Nobody waits for it any more.
    if (!live) this.#release();
  }

  /** All sources begin anew with what was. */
  replays(): void {
    for (const id of this.#flows.keys()) this.#merge.replays(id, this.#options.clock.nowMs());
  }

  /** Nothing more of this source goes to its sink. */
  close(id: string): void {
    this.#flows.delete(id);
    this.#merge.leave(id);
    this.#release();
  }

  /** Closes all of them. */
  dispose(): void {
    for (const id of this.#flows.keys()) this.#merge.leave(id);
    this.#flows.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #release(): void {
    const { clock } = this.#options;
    const sources = new Set<string>();
    for (const merged of this.#merge.take(clock.nowMs())) {
      sources.add(merged.source);
      this.#send(merged);
    }
    for (const source of sources) this.#tellLate(source);
    this.#schedule();
  }

  #send(merged: Merged): void {
    const flow = this.#flows.get(merged.source);
    if (flow === undefined) return;
    if (merged.type === "gap") {
      flow.sink.gap(merged.gap);
      return;
    }
    const room = flow.sink.events(merged.lines).finally(() => {
      if (flow.room === room) flow.room = undefined;
    });
    flow.room = room;
  }

  #tellLate(source: string): void {
    const { clock, onLate } = this.#options;
    const flow = this.#flows.get(source);
    if (flow === undefined || clock.nowMs() - flow.lateToldMs < TELL_LATE_MS) return;
    const late = this.#merge.takeLate(source);
    if (late === undefined) return;
    flow.lateToldMs = clock.nowMs();
    onLate(source, late);
  }

  #schedule(): void {
    const { clock } = this.#options;
    const dueMs = this.#merge.dueMs ?? Infinity;
    if (this.#cancelTimer !== undefined && this.#timerMs <= dueMs) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (dueMs === Infinity) return;
    this.#timerMs = dueMs;
    this.#cancelTimer = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#cancelTimer = undefined;
      this.#release();
    });
  }
}
