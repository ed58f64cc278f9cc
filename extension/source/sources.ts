import type { Event } from "../event.ts";

import type { EventSource } from "./eventSource.ts";

/** All sources that are open now. */
export interface Sources {
  readonly all: readonly EventSource[];
  readonly onDidChange: Event<void>;
  /** Takes over a source; one with the same id is disposed of and replaced. */
  add(source: EventSource): void;
  /** Disposes of it. */
  remove(id: string): void;
}
