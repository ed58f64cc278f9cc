import type { TracerEvent } from "../../protocol/events.ts";
import type { LogLineFormatter } from "../output/logLine.ts";
import type { LogOutput } from "../output/logOutput.ts";
import type { EventOutput } from "../pipeline/traceSession.ts";
import type { StreamHub } from "./streamHub.ts";

/** Gives each event to the stream and, unless there is none, to the log; its JSON line is made once for both. */
export class StreamOutput implements EventOutput {
  readonly #hub: Pick<StreamHub, "write">;
  readonly #formatter: Pick<LogLineFormatter, "format">;
  readonly #log: LogOutput | undefined;

  /** `formatter` must have no limit of the line. */
  constructor(
    hub: Pick<StreamHub, "write">,
    formatter: Pick<LogLineFormatter, "format">,
    log: LogOutput | undefined,
  ) {
    this.#hub = hub;
    this.#formatter = formatter;
    this.#log = log;
  }

  /** Only the log can hold up the ring: the stream's clients can't. */
  get saturated(): boolean {
    return this.#log?.saturated ?? false;
  }

  whenWritable(): Promise<void> {
    return this.#log?.whenWritable() ?? Promise.resolve();
  }

  write(event: TracerEvent): void {
    const line = this.#formatter.format(event);
    this.#log?.write(event, line);
    this.#hub.write(event, line);
  }
}
