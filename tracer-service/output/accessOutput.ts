import type { AccessLog, AccessRecord, RefusedAccess } from "../access/accessRecord.ts";
import { RefusalLimit } from "../access/refusalLimit.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { StreamClock } from "../stream/streamClock.ts";
import type { AccessLineFormatter } from "./accessLine.ts";
import type { LogSink } from "./logOutput.ts";

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
  readonly #limit = new RefusalLimit();
  #cancel: (() => void) | undefined;

  constructor(options: AccessOutputOptions) {
    this.#options = options;
  }

  write(record: AccessRecord): void {
    this.#write(this.#options.formatter.format(record));
  }

  refuse(refused: RefusedAccess): void {
    const { formatter, clock } = this.#options;
    this.#tellWithheld(clock.nowMs());
    if (this.#limit.admit(refused, clock.nowMs())) this.#write(formatter.refused(refused));
    this.#schedule();
  }

  /** Tells what was withheld so far. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#tellWithheld(Infinity);
  }

  #tellWithheld(nowMs: number): void {
    for (const each of this.#limit.take(nowMs)) this.#write(this.#options.formatter.withheld(each));
  }

  #schedule(): void {
    const { clock } = this.#options;
    const { dueMs } = this.#limit;
    if (dueMs === undefined || this.#cancel !== undefined) return;
    this.#cancel = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#cancel = undefined;
      this.#tellWithheld(clock.nowMs());
      this.#schedule();
    });
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
