import { randomUUID } from "node:crypto";

import type { StreamFilter } from "../../protocol/stream.ts";
import type { StreamObserver } from "../stream/streamObserver.ts";
import type { KeptEvent } from "../stream/keptEvent.ts";
import type { AccessLog, AccessRecord, Viewer } from "./accessRecord.ts";

/** Of a stream, what a viewing of it needs. */
export interface StreamViewingOptions {
  readonly endpoint: string;
  readonly query: string;
  readonly viewer: Viewer;
  readonly sees: () => AccessRecord["sees"];
  readonly log: AccessLog;
  /** Wall clock, ms since 1970 UTC. */
  readonly nowMs: () => number;
}

type Open = Pick<AccessRecord, "viewing" | "filter" | "replayAfter" | "sinceMs">;

/** Writes down what is viewed through one stream or long answer: each subscription begins a viewing and ends the one before. */
export class StreamViewing implements StreamObserver {
  readonly #options: StreamViewingOptions;
  #open: Open | undefined;
  #events = 0;
  #firstNs: bigint | undefined;
  #lastNs: bigint | undefined;

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
    // The newest may come first.
    for (const timeNs of [events[0]?.timeNs, events.at(-1)?.timeNs]) {
      if (timeNs === undefined) continue;
      if (this.#firstNs === undefined || timeNs < this.#firstNs) this.#firstNs = timeNs;
      if (this.#lastNs === undefined || timeNs > this.#lastNs) this.#lastNs = timeNs;
    }
  }

  /** `code`: WebSocket close code, where it was a WebSocket. */
  closed(code: number | undefined): void {
    this.#end(code);
  }

  #begin(filter: StreamFilter | undefined, replayAfter: number | undefined): void {
    this.#open = { viewing: randomUUID(), filter, replayAfter, sinceMs: this.#options.nowMs() };
    this.#events = 0;
    this.#firstNs = this.#lastNs = undefined;
    this.#write("begin", this.#open, { untilMs: undefined, told: undefined, code: undefined });
  }

  #end(code: number | undefined): void {
    if (this.#open === undefined) return;
    const told = { events: this.#events, firstNs: this.#firstNs, lastNs: this.#lastNs };
    this.#write("end", this.#open, { untilMs: this.#options.nowMs(), told, code });
    this.#open = undefined;
  }

  #write(
    phase: AccessRecord["phase"],
    open: Open,
    more: Pick<AccessRecord, "untilMs" | "told" | "code">,
  ): void {
    const { endpoint, query, viewer, sees, log } = this.#options;
    log.write({ phase, endpoint, query, viewer, sees: sees(), ...open, ...more });
  }
}
