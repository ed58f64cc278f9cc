import type { ProcessTree } from "../tree/processTree.ts";
import { EXEC, FLAG, LOSS } from "../tree/rowTable.ts";
import { TimelineCounts } from "./timelineCounts.ts";

/** Counts of the execs that the tree holds, and the timeline of those that match; kept up to date row by row. */
export class Tally {
  readonly timeline = new TimelineCounts();
  total = 0;
  running = 0;
  failed = 0;
  shown = 0;
  readonly #tree: ProcessTree;

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  /** A new row, which `update` then counts further. */
  add(row: number): void {
    if (this.#tree.rows.kind.get(row) === EXEC) this.total++;
  }

  /** Brings the counts up to what the row is now; `gone`: it is no more. */
  update(row: number, gone: boolean): void {
    const { rows } = this.#tree;
    const kind = rows.kind.get(row);
    const flags = rows.flags.get(row);
    const counted = !gone && (flags & FLAG.matchedAnyTime) !== 0;
    if (kind === LOSS) {
      this.#updateTimeline(row, flags, counted, FLAG.countedGood);
      return;
    }
    if (kind !== EXEC) return;
    if (gone) this.total--;
    const failed = !gone && (flags & FLAG.failed) !== 0;
    this.running += this.#flip(row, flags, FLAG.talliedRunning, !gone && this.#tree.isRunning(row));
    this.failed += this.#flip(row, flags, FLAG.talliedFailed, failed);
    this.#updateTimeline(row, flags, counted, failed ? FLAG.countedFailed : FLAG.countedGood);
  }

  #flip(row: number, flags: number, flag: number, now: boolean): number {
    if (now === ((flags & flag) !== 0)) return 0;
    if (now) this.#tree.rows.mark(row, flag);
    else this.#tree.rows.unmark(row, flag);
    return now ? 1 : -1;
  }

  #updateTimeline(row: number, flags: number, counted: boolean, as: number): void {
    const { rows } = this.#tree;
    const was = flags & (FLAG.countedGood | FLAG.countedFailed);
    const now = counted ? as : 0;
    if (was === now) return;
    const isLoss = rows.kind.get(row) === LOSS;
    const time = rows.start.get(row);
    if (was !== 0)
      this.timeline.add(time, isLoss ? "lost" : was === FLAG.countedFailed ? "failed" : "good", -1);
    if (now !== 0)
      this.timeline.add(time, isLoss ? "lost" : now === FLAG.countedFailed ? "failed" : "good", 1);
    rows.unmark(row, FLAG.countedGood | FLAG.countedFailed);
    rows.mark(row, now);
  }
}
