import type { TracerEvent } from "../../protocol/events.ts";

/** Where events go. While it is saturated the ring is left alone: the kernel then counts what finds no place. */
export interface EventOutput {
  write(event: TracerEvent): void;
  readonly saturated: boolean;
  /** Resolves when it is not saturated any more; rejects when it never will be. */
  whenWritable(): Promise<void>;
  /** Takes an event that is kept already, for those of its readers that may not have got it; it has its old number. */
  repeat?(event: TracerEvent): void;
}
