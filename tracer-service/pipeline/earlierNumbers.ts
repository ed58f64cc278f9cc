import { parseRecordedLine } from "../../protocol/parseRecordedEvent.ts";

/**
 * The numbers of execs and exits that an earlier run has told and kept, and that are read again from the ring: by what
 * happened, since they come in another order. Each happened once.
 */
export class EarlierNumbers {
  readonly #numbers = new Map<string, number>();

  /** Of an event's log line. */
  add(line: string, seq: number): void {
    const event = parseRecordedLine(line);
    if (event === undefined || event.type === "lost" || event.execId === undefined) return;
    this.#numbers.set(`${event.type} ${event.execId}`, seq);
  }

  /** Undefined for what was not kept. */
  take(type: "exec" | "exit", id: string): number | undefined {
    if (this.#numbers.size === 0) return undefined;
    const key = `${type} ${id}`;
    const seq = this.#numbers.get(key);
    this.#numbers.delete(key);
    return seq;
  }
}
