import type { Tally } from "./tally.ts";
import type { ModelCounts } from "./workerMessages.ts";

/** Keeps the counts that the screen shows; while paused they stay as they were, and what comes meanwhile waits. */
export class ModelCounter {
  readonly #tally: Tally;
  readonly #otherLines: () => number;
  readonly #lost: () => number;
  readonly #otherLinesOfFiles = new Map<string, number>();
  #paused: ModelCounts | undefined;
  #waiting = 0;
  /** Execs let go of for want of room. */
  dropped = 0;

  /** `otherLines`: lines that the model found to be no events; `lost`: events lost. */
  constructor(tally: Tally, told: { readonly otherLines: () => number; readonly lost: () => number }) {
    this.#tally = tally;
    this.#otherLines = told.otherLines;
    this.#lost = told.lost;
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
    const { dropped } = this;
    if (this.#paused !== undefined) return { ...this.#paused, waiting: this.#waiting, dropped };
    const { total, shown, failed, running } = this.#tally;
    let otherLines = this.#otherLines();
    for (const lines of this.#otherLinesOfFiles.values()) otherLines += lines;
    return { total, shown, failed, running, lost: this.#lost(), otherLines, waiting: 0, dropped };
  }
}
