import type { LineStore } from "../lines/lineStore.ts";
import type { ProcessTree } from "./processTree.ts";

/** What may be held besides the number of events: arguments may be long, and few events then fill the memory. */
export interface RetentionLimits {
  /** UTF-16 units of command lines and directories. */
  readonly text: number;
  /** Bytes of packed log lines. */
  readonly packedBytes: number;
}

const DEFAULT_KEPT = 1_000_000;
/** Of the rows kept, when they are too many: so it is not done for each. */
const KEPT_AFTER_TRIM = 0.99;
const RECYCLE_FROM = 50_000;

/** Has the tree let go of its oldest rows when it holds more than it may. */
export class Retention {
  readonly #tree: ProcessTree;
  readonly #lines: LineStore;
  readonly #limits: RetentionLimits;
  #eventsKept = DEFAULT_KEPT;

  constructor(tree: ProcessTree, lines: LineStore, limits: RetentionLimits) {
    this.#tree = tree;
    this.#lines = lines;
    this.#limits = limits;
  }

  setEventsKept(events: number): void {
    this.#eventsKept = Math.max(1, Math.floor(events));
  }

  /** Lets go of what is too much; how many execs. */
  trim(): number {
    return this.#isFull(1) ? this.#tree.trim(() => this.#isFull(KEPT_AFTER_TRIM)) : 0;
  }

  /** Whether so many texts were released that giving out their numbers anew is worth it. */
  get isRecyclingDue(): boolean {
    const { texts, programs, facts } = this.#tree;
    return texts.released + programs.released + facts.released >= RECYCLE_FROM;
  }

  /** Gives out the numbers of released texts anew: nobody may remember any of them. */
  recycle(): void {
    const { texts, programs, facts } = this.#tree;
    for (const table of [texts, programs, facts]) table.recycle();
  }

  /** Whether more is held than this share of what may be. */
  #isFull(share: number): boolean {
    const { text, packedBytes } = this.#limits;
    return (
      this.#tree.rows.size > Math.floor(this.#eventsKept * share) ||
      this.#tree.texts.weight > text * share ||
      this.#lines.packedBytes > packedBytes * share
    );
  }
}
