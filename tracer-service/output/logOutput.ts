import type { TracerEvent } from "../../protocol/events.ts";
import type { EventOutput } from "../pipeline/eventOutput.ts";
import type { LineSink } from "./lineSink.ts";

/** Makes lines of events. */
export interface EventFormatter {
  /** One or more whole lines, each with its newline. `whole`: the event's JSON line, when it has been made already. */
  format(event: TracerEvent, whole?: string): string;
}

/** What the log needs of a line sink, or of what stands before it. */
export interface LogSink extends Pick<LineSink, "saturated" | "whenWritable"> {
  /** Takes whole lines, each with its newline; `seq`: number of the event that they tell of. */
  write(text: string, seq?: number): void;
}

/** The log: events as lines, into a sink. */
export class LogOutput implements EventOutput {
  readonly #formatter: EventFormatter;
  readonly #sink: LogSink;
  readonly #logExits: boolean;

  constructor(formatter: EventFormatter, sink: LogSink, logExits: boolean) {
    this.#formatter = formatter;
    this.#sink = sink;
    this.#logExits = logExits;
  }

  get saturated(): boolean {
    return this.#sink.saturated;
  }

  whenWritable(): Promise<void> {
    return this.#sink.whenWritable();
  }

  /** `whole`: the event's JSON line of any length, when it has been made already. */
  write(event: TracerEvent, whole?: string): void {
    if (event.type === "exit" && !this.#logExits) return;
    this.#sink.write(this.#formatter.format(event, whole), event.seq);
  }
}
