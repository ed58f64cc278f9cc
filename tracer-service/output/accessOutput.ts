import type { AccessLog, AccessRecord } from "../access/accessRecord.ts";
import type { Diagnostics } from "../pipeline/traceSession.ts";
import type { AccessLineFormatter } from "./accessLine.ts";
import type { LogSink } from "./logOutput.ts";

/**
 * Writes viewings to the log. Where there is none, where it is for people's eyes, or where it can't be written now,
 * they go to the service's own messages instead: no viewing goes without a trace.
 */
export class AccessOutput implements AccessLog {
  readonly #formatter: AccessLineFormatter;
  readonly #sink: Pick<LogSink, "write" | "saturated"> | undefined;
  readonly #log: Diagnostics;

  constructor(
    formatter: AccessLineFormatter,
    sink: Pick<LogSink, "write" | "saturated"> | undefined,
    log: Diagnostics,
  ) {
    this.#formatter = formatter;
    this.#sink = sink;
    this.#log = log;
  }

  write(record: AccessRecord): void {
    const line = this.#formatter.format(record);
    if (this.#sink !== undefined && !this.#sink.saturated) {
      this.#sink.write(line);
      return;
    }
    const { fields } = JSON.parse(line) as { readonly fields: object };
    this.#log.info(fields, "access");
  }
}
