import type { TracerEvent } from "../../protocol/events.ts";
import type { HistoryWriter } from "../history/historyWriter.ts";
import type { LogLineFormatter } from "../output/logLine.ts";
import type { LogOutput } from "../output/logOutput.ts";
import type { EventOutput } from "../pipeline/eventOutput.ts";
import type { StreamHub } from "./streamHub.ts";

/** Gives each event to the stream, the history and the log, as far as there are any; its JSON line is made once. */
export class StreamOutput implements EventOutput {
  readonly #hub: Pick<StreamHub, "write"> | undefined;
  readonly #formatter: Pick<LogLineFormatter, "format">;
  readonly #log: LogOutput | undefined;
  readonly #history: Pick<HistoryWriter, "write"> | undefined;

  /** `formatter` must have no limit of the line. */
  constructor(
    hub: Pick<StreamHub, "write"> | undefined,
    formatter: Pick<LogLineFormatter, "format">,
    log: LogOutput | undefined,
    history?: Pick<HistoryWriter, "write">,
  ) {
    this.#hub = hub;
    this.#formatter = formatter;
    this.#log = log;
    this.#history = history;
  }

  /** Only the log can hold up the ring: neither the stream's clients nor the history can. */
  get saturated(): boolean {
    return this.#log?.saturated ?? false;
  }

  whenWritable(): Promise<void> {
    return this.#log?.whenWritable() ?? Promise.resolve();
  }

  write(event: TracerEvent): void {
    const line = this.#formatter.format(event);
    this.#log?.write(event, line);
    this.#history?.write(event, line);
    this.#hub?.write(event, line);
  }

  /** The history has it, and clients ask the history. */
  repeat(event: TracerEvent): void {
    this.#log?.write(event, this.#formatter.format(event));
  }
}
