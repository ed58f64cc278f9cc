import { randomUUID } from "node:crypto";

import type { StreamFilter } from "../../protocol/stream.ts";
import type { StreamObserver } from "../stream/streamObserver.ts";
import type { KeptEvent } from "../stream/keptEvent.ts";
import type { AccessLog, AccessRecord, Viewer } from "./accessRecord.ts";

/** Of a stream, what a viewing of it needs. */
export interface StreamViewingOptions {
  readonly endpoint: string;
  readonly viewer: Viewer;
  readonly sees: () => AccessRecord["sees"];
  readonly log: AccessLog;
  /** Wall clock, ms since 1970 UTC. */
  readonly nowMs: () => number;
}

type Open = Pick<AccessRecord, "viewing" | "filter" | "replayAfter" | "sinceMs">;

/** Writes down what is viewed through one stream: each subscription begins a viewing and ends the one before. */
export class StreamViewing implements StreamObserver {
  readonly #options: StreamViewingOptions;
  #open: Open | undefined;
  #events = 0;
  #first: KeptEvent | undefined;
  #last: KeptEvent | undefined;

  constructor(options: StreamViewingOptions) {
    this.#options = options;
  }

  /** The stream is open; until it is subscribed to, workspaces and counters are viewed. */
  begin(): void {
    if (this.#open === undefined) this.#begin(undefined, undefined);
  }

  subscribed(filter: StreamFilter, replayAfter: number | undefined): void {
    this.#end(undefined);
    this.#begin(filter, replayAfter);
  }

  unsubscribed(): void {
    if (this.#open?.filter === undefined) return;
    this.#end(undefined);
    this.#begin(undefined, undefined);
  }

  told(events: readonly KeptEvent[]): void {
    this.#events += events.length;
    this.#first ??= events[0];
    this.#last = events.at(-1) ?? this.#last;
  }

  /** `code`: WebSocket close code. */
  closed(code: number): void {
    this.#end(code);
  }

  #begin(filter: StreamFilter | undefined, replayAfter: number | undefined): void {
    this.#open = { viewing: randomUUID(), filter, replayAfter, sinceMs: this.#options.nowMs() };
    this.#events = 0;
    this.#first = this.#last = undefined;
    this.#write("begin", this.#open, { untilMs: undefined, told: undefined, code: undefined });
  }

  #end(code: number | undefined): void {
    if (this.#open === undefined) return;
    const told = { events: this.#events, firstNs: this.#first?.timeNs, lastNs: this.#last?.timeNs };
    this.#write("end", this.#open, { untilMs: this.#options.nowMs(), told, code });
    this.#open = undefined;
  }

  #write(
    phase: AccessRecord["phase"],
    open: Open,
    more: Pick<AccessRecord, "untilMs" | "told" | "code">,
  ): void {
    const { endpoint, viewer, sees, log } = this.#options;
    log.write({ phase, endpoint, viewer, sees: sees(), ...open, ...more });
  }
}
