import type { AccessLog, AccessRecord, RefusedAccess } from "../access/accessRecord.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { StreamClock } from "../stream/streamClock.ts";
import type { AccessLineFormatter } from "./accessLine.ts";
import { LimitedLines } from "./limitedLines.ts";
import type { LogSink } from "./logOutput.ts";

/** Readers and reasons of refusals that are told apart at a time. */
const MAX_REFUSAL_KINDS = 64;

/** What it writes by and to. */
export interface AccessOutputOptions {
  readonly formatter: AccessLineFormatter;
  /** Undefined where there is no log of lines. */
  readonly sink: Pick<LogSink, "write" | "saturated"> | undefined;
  readonly log: Diagnostics;
  readonly clock: StreamClock;
}

/**
 * Writes viewings and refusals to the log. Where there is none, where it is for people's eyes, or where it can't be written
 * now, they go to the service's own messages instead: no viewing goes without a trace. Refusals are limited, and those
 * without a line are counted in one.
 */
export class AccessOutput implements AccessLog {
  readonly #options: AccessOutputOptions;
  readonly #refusals: LimitedLines<RefusedAccess>;

  constructor(options: AccessOutputOptions) {
    this.#options = options;
    const { formatter, clock } = options;
    this.#refusals = new LimitedLines({
      clock,
      maxKinds: MAX_REFUSAL_KINDS,
      kindOf: ({ code, reader }) => `${code} ${JSON.stringify(reader ?? null)}`,
      write: (refused) => {
        this.#write(formatter.refused(refused));
      },
      writeWithheld: ({ first, latest, count, isMixed }) => {
        const whose = isMixed ? { reader: undefined, code: undefined } : latest;
        const { reader, code } = whose;
        this.#write(formatter.withheld({ reader, code, count, sinceMs: first.atMs, untilMs: latest.atMs }));
      },
    });
  }

  write(record: AccessRecord): void {
    this.#write(this.#options.formatter.format(record));
  }

  refuse(refused: RefusedAccess): void {
    this.#refusals.add(refused);
  }

  /** Tells what was withheld so far. */
  close(): void {
    this.#refusals.close();
  }

  #write(line: string): void {
    const { sink, log } = this.#options;
    if (sink !== undefined && !sink.saturated) {
      sink.write(line);
      return;
    }
    const { fields } = JSON.parse(line) as { readonly fields: object };
    log.info(fields, "access");
  }
}
