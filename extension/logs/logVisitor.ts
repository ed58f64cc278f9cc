import type { RecordedEvent } from "../../protocol/recordedEvent.ts";

/** Is told what a log holds, in its order. */
export interface LogVisitor {
  /** `line` is one log line without its newline, `event` what it says, and `value` its JSON. */
  event(line: string, event: RecordedEvent, value: unknown): void;
  /** A line, a cell or an element that is no event. */
  other(): void;
}
