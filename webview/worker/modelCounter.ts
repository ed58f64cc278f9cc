import type { Tally } from "./shown/tally.ts";
import type { ModelCounts } from "./workerMessages.ts";

/** What others count. */
export interface CountedElsewhere {
  /** Lines that came to the model and are no events. */
  readonly otherLines: () => number;
  /** Events lost. */
  readonly lost: () => number;
  /** Execs without a parent, in groups. */
  readonly grouped: () => number;
}

/** Keeps the counts that the screen shows; while paused they stay as they were, and what comes meanwhile waits. */
export class ModelCounter {
  readonly #tally: Tally;
  readonly #told: CountedElsewhere;
  readonly #otherLinesOfFiles = new Map<string, number>();
  #paused: ModelCounts | undefined;
  #waiting = 0;
  /** Execs let go of for want of room. */
  dropped = 0;
  /** Events lost just before the model was told of it. */
  lostLately = 0;

  constructor(tally: Tally, told: CountedElsewhere) {
    this.#tally = tally;
    this.#told = told;
  }

  get paused(): boolean {
    return this.#paused !== undefined;
  }

  /** Files are read elsewhere: what was no event in them never comes to the model. */
  setOtherLines(source: string, lines: number): void {
    this.#otherLinesOfFiles.set(source, lines);
  }

  removeSource(source: string): void {
    this.#otherLinesOfFiles.delete(source);
  }

  setPaused(paused: boolean): void {
    this.#paused = paused ? this.counts() : undefined;
    this.#waiting = 0;
  }

  /** An event came while paused. */
  wait(): void {
    this.#waiting++;
  }

  counts(): ModelCounts {
    const { dropped, lostLately } = this;
    if (this.#paused !== undefined) return { ...this.#paused, waiting: this.#waiting, dropped };
    const { total, shown, failed, running } = this.#tally;
    const { lost, grouped } = this.#told;
    let otherLines = this.#told.otherLines();
    for (const lines of this.#otherLinesOfFiles.values()) otherLines += lines;
    return {
      ...{ total, shown, failed, running, otherLines, dropped, lostLately },
      ...{ lost: lost(), grouped: grouped(), waiting: 0 },
    };
  }
}
