import type { EventKeeper } from "../pipeline/ringKeeping.ts";
import type { LineSink } from "./lineSink.ts";

/** Takes an event for kept when its line has been written to the log. */
export class LogKeeper implements EventKeeper {
  readonly #sink: Pick<LineSink, "takenBytes" | "pendingBytes">;
  readonly #marks: { position: bigint; readonly bytes: number }[] = [];
  #kept = 0n;

  constructor(sink: Pick<LineSink, "takenBytes" | "pendingBytes">) {
    this.#sink = sink;
  }

  get keptPosition(): bigint {
    const written = this.#sink.takenBytes - this.#sink.pendingBytes;
    while (this.#marks[0] !== undefined && this.#marks[0].bytes <= written) {
      this.#kept = this.#marks.shift()?.position ?? this.#kept;
    }
    return this.#kept;
  }

  mark(position: bigint): void {
    const bytes = this.#sink.takenBytes;
    const last = this.#marks.at(-1);
    if (last?.bytes === bytes) last.position = position;
    else this.#marks.push({ position, bytes });
  }

  /** Lines are written as soon as they can be. */
  flush(): void {
    return;
  }
}
