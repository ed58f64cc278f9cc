import type { StreamFilter } from "../../protocol/stream.ts";
import type { KeptEvent } from "./keptEvent.ts";

/** Hears what one reader of the stream asks for and gets. */
export interface StreamObserver {
  /** `replayAfter`: the number after which it wants what is kept. */
  subscribed(filter: StreamFilter, replayAfter: number | undefined): void;
  unsubscribed(): void;
  /** Events that were sent, in order, at least one. */
  told(events: readonly KeptEvent[]): void;
}

/** Nobody needs to know. */
export const noObserver: StreamObserver = {
  subscribed: () => undefined,
  unsubscribed: () => undefined,
  told: () => undefined,
};
