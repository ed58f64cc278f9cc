import type { StreamClock } from "../stream/streamClock.ts";
import { LineLimit, type Withheld } from "./lineLimit.ts";

/** What it writes by. */
export interface LimitedLinesOptions<T> {
  /** Of what an item is one; not empty. */
  readonly kindOf: (item: T) => string;
  readonly write: (item: T) => void;
  /** Writes one line for all of these. */
  readonly writeWithheld: (withheld: Withheld<T>) => void;
  readonly maxKinds: number;
  readonly clock: StreamClock;
}

/** Writes items, a line each, but of each kind only so many in a window of time: of the others one line when it ends. */
export class LimitedLines<T> {
  readonly #options: LimitedLinesOptions<T>;
  readonly #limit: LineLimit<T>;
  #cancel: (() => void) | undefined;

  constructor(options: LimitedLinesOptions<T>) {
    this.#options = options;
    this.#limit = new LineLimit(options.maxKinds);
  }

  add(item: T): void {
    const { kindOf, write, clock } = this.#options;
    this.#tellWithheld(clock.nowMs());
    if (this.#limit.admit(kindOf(item), item, clock.nowMs())) write(item);
    this.#schedule();
  }

  /** Tells what was withheld so far. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#tellWithheld(Infinity);
  }

  #tellWithheld(nowMs: number): void {
    for (const each of this.#limit.take(nowMs)) this.#options.writeWithheld(each);
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
}
