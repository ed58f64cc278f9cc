import { FloatColumn, IntColumn } from "../tree/columns.ts";
import { foldIdOf, parseFoldId } from "../tree/foldId.ts";
import type { ProcessTree } from "../tree/processTree.ts";
import { EXEC, FLAG, NONE } from "../tree/rowTable.ts";

/** Fewer siblings than this do not fold. */
const FOLD_FROM = 3;
const SHOWN = FLAG.matched | FLAG.context;
const NEVER_FOLDS = FLAG.memfd | FLAG.deleted | FLAG.gained;

/** What of the tree is to be laid out. */
export interface Layout {
  readonly fold: boolean;
  /** Rows that came while paused are left out. */
  readonly paused: boolean;
  /** Only this row and what is below it; `NONE`: nothing. */
  readonly top: number | undefined;
  /** Every row matches. */
  readonly complete: boolean;
}

/** Rows, some of which have the same place in the list. */
interface Level {
  row: number;
  level: number;
  position: number;
  readonly size: number;
  readonly single: boolean;
}

/** The rows that can be scrolled to, from the first to the last. */
export class VisibleRows {
  readonly #tree: ProcessTree;
  readonly #rows = new IntColumn();
  readonly #levels = new IntColumn();
  readonly #positions = new IntColumn();
  readonly #sizes = new IntColumn();
  readonly #places = new IntColumn();
  #length = 0;
  // Folds of the last layout.
  readonly #foldOf = new IntColumn();
  readonly #nextInFold = new IntColumn();
  readonly #foldFirst = new IntColumn();
  readonly #foldLast = new IntColumn();
  readonly #foldCount = new IntColumn();
  readonly #foldFailed = new IntColumn();
  readonly #foldRunning = new IntColumn();
  readonly #foldEnded = new IntColumn();
  readonly #foldDuration = new FloatColumn();
  readonly #foldPlace = new IntColumn();
  #folds = 0;
  // Programs among the siblings that are looked at.
  readonly #programSet = new IntColumn();
  readonly #programCount = new IntColumn();
  readonly #programFold = new IntColumn();
  #set = 0;
  #foldsOpen = false;
  #foldsTurned = new Set<number>();

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  get length(): number {
    return this.#length;
  }

  /** The row at `index`, or `NONE` where a fold is. */
  rowAt(index: number): number {
    return Math.max(NONE, this.#rows.get(index));
  }

  /** The fold at `index`, a number below the count of folds, or `NONE` where a row is. */
  foldAt(index: number): number {
    return Math.max(NONE, -2 - this.#rows.get(index));
  }

  placeAt(index: number): {
    readonly level: number;
    readonly positionInSet: number;
    readonly setSize: number;
  } {
    return {
      level: this.#levels.get(index),
      positionInSet: this.#positions.get(index),
      setSize: this.#sizes.get(index),
    };
  }

  /** What a fold holds. */
  foldFacts(fold: number): {
    readonly id: number;
    readonly first: number;
    readonly count: number;
    readonly failed: number;
    readonly running: number;
    readonly meanDurationMs: number | undefined;
  } {
    const first = this.#foldFirst.get(fold);
    const ended = this.#foldEnded.get(fold);
    return {
      id: foldIdOf(this.#tree.rows.parent.get(first), this.#tree.rows.program.get(first)),
      first,
      count: this.#foldCount.get(fold),
      failed: this.#foldFailed.get(fold),
      running: this.#foldRunning.get(fold),
      meanDurationMs: ended === 0 ? undefined : this.#foldDuration.get(fold) / ended,
    };
  }

  /** Where the row or fold of this id is; undefined when it is not among the visible ones. */
  indexOf(id: number): number | undefined {
    if (parseFoldId(id) === undefined) {
      const row = this.#tree.rows.rowOf(id);
      const index = row === NONE ? NONE : this.#places.get(row);
      return index !== NONE && index < this.#length && this.#rows.get(index) === row ? index : undefined;
    }
    for (let fold = 0; fold < this.#folds; fold++) {
      const index = this.#foldPlace.get(fold);
      if (
        index !== NONE &&
        this.#tree.rows.isUsed(this.#foldFirst.get(fold)) &&
        this.foldFacts(fold).id === id
      ) {
        return index;
      }
    }
    return undefined;
  }

  /** Id of the fold that holds the row, when it was folded in the last layout. */
  foldHolding(row: number): number | undefined {
    const fold = this.#foldOf.get(row);
    if (fold === NONE || fold >= this.#folds) return undefined;
    for (let at = this.#foldFirst.get(fold); at !== NONE; at = this.#nextInFold.get(at)) {
      if (at === row) return this.foldFacts(fold).id;
    }
    return undefined;
  }

  isFoldOpen(id: number): boolean {
    return this.#foldsTurned.has(id) !== this.#foldsOpen;
  }

  openFold(id: number, open: boolean): void {
    if (open === this.#foldsOpen) this.#foldsTurned.delete(id);
    else this.#foldsTurned.add(id);
  }

  openAllFolds(open: boolean): void {
    this.#foldsOpen = open;
    this.#foldsTurned = new Set();
  }

  /** Whether something is below the row that can be shown. */
  isExpandable(row: number, { complete, paused }: Layout): boolean {
    const { rows } = this.#tree;
    let child = rows.firstChild.get(row);
    if (complete && !paused) return child !== NONE;
    while (child !== NONE && !this.#isShown(child, paused)) child = rows.next.get(child);
    return child !== NONE;
  }

  /** Lays the rows out anew. */
  layOut(layout: Layout): void {
    const { rows, siblings } = this.#tree;
    siblings.sort();
    this.#length = 0;
    this.#folds = 0;
    const stack: Level[] = [];
    if (layout.top === undefined) stack.push(this.#level(siblings.firstRoot, 1, layout));
    else if (layout.top !== NONE) stack.push({ ...this.#level(layout.top, 1, layout, true), single: true });
    for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
      const { row } = level;
      if (row === NONE) {
        stack.pop();
        continue;
      }
      const following = rows.nextExec.get(row);
      level.row = following !== NONE ? following : level.single ? NONE : this.#nextSibling(row);
      if (!this.#isShown(row, layout.paused)) continue;
      const fold = rows.previousExec.get(row) === NONE ? this.#foldOf.get(row) : NONE;
      if (fold !== NONE) {
        if (this.#foldFirst.get(fold) === row) this.#emitFold(fold, level);
        continue;
      }
      this.#emit(row, level.level, ++level.position, level.size);
      if (rows.firstChild.get(row) === NONE || rows.has(row, FLAG.collapsed)) continue;
      stack.push(this.#level(rows.firstChild.get(row), level.level + 1, layout));
    }
  }

  #nextSibling(row: number): number {
    return this.#tree.rows.next.get(this.#tree.rows.headOf(row));
  }

  #isShown(row: number, paused: boolean): boolean {
    const flags = this.#tree.rows.flags.get(row);
    return (flags & SHOWN) !== 0 && !(paused && (flags & FLAG.late) !== 0);
  }

  /** Counts a row and its siblings, and folds those that can be. */
  #level(first: number, level: number, { fold, paused }: Layout, single = false): Level {
    const { rows } = this.#tree;
    const set = ++this.#set;
    let size = 0;
    let mayFold = false;
    for (let head = first; head !== NONE; head = single ? NONE : rows.next.get(head)) {
      this.#foldOf.set(head, NONE);
      for (let row = head; row !== NONE; row = rows.nextExec.get(row)) {
        if (this.#isShown(row, paused)) size++;
      }
      if (!fold || single || !this.#canFold(head, paused)) continue;
      const program = rows.program.get(head);
      const before = this.#programSet.get(program) === set ? this.#programCount.get(program) : 0;
      this.#programSet.set(program, set);
      this.#programCount.set(program, before + 1);
      this.#programFold.set(program, NONE);
      if (before + 1 >= FOLD_FROM) mayFold = true;
    }
    if (mayFold) size -= this.#foldSiblings(first, paused);
    return { row: first, level, position: 0, size, single };
  }

  #canFold(row: number, paused: boolean): boolean {
    const { rows } = this.#tree;
    return (
      rows.kind.get(row) === EXEC &&
      rows.firstChild.get(row) === NONE &&
      rows.nextExec.get(row) === NONE &&
      !rows.has(row, NEVER_FOLDS) &&
      this.#isShown(row, paused)
    );
  }

  /** How many rows fewer there are. */
  #foldSiblings(first: number, paused: boolean): number {
    const { rows } = this.#tree;
    let fewer = 0;
    for (let row = first; row !== NONE; row = rows.next.get(row)) {
      const program = rows.program.get(row);
      if (!this.#canFold(row, paused) || this.#programCount.get(program) < FOLD_FROM) continue;
      let fold = this.#programFold.get(program);
      if (fold === NONE) {
        fold = this.#newFold(row);
        this.#programFold.set(program, fold);
      } else {
        this.#nextInFold.set(this.#foldLast.get(fold), row);
        fewer++;
      }
      this.#foldLast.set(fold, row);
      this.#nextInFold.set(row, NONE);
      this.#foldOf.set(row, fold);
      this.#countInFold(fold, row, paused);
    }
    return fewer;
  }

  #newFold(first: number): number {
    const fold = this.#folds++;
    this.#foldFirst.set(fold, first);
    for (const column of [this.#foldCount, this.#foldFailed, this.#foldRunning, this.#foldEnded]) {
      column.set(fold, 0);
    }
    this.#foldDuration.set(fold, 0);
    this.#foldPlace.set(fold, NONE);
    return fold;
  }

  #countInFold(fold: number, row: number, paused: boolean): void {
    const { rows } = this.#tree;
    const flags = rows.flags.get(row);
    this.#foldCount.set(fold, this.#foldCount.get(fold) + 1);
    if ((flags & FLAG.ended) === 0 || (paused && (flags & FLAG.lateEnd) !== 0)) {
      if ((flags & FLAG.identified) !== 0) this.#foldRunning.set(fold, this.#foldRunning.get(fold) + 1);
      return;
    }
    if ((flags & FLAG.failed) !== 0) this.#foldFailed.set(fold, this.#foldFailed.get(fold) + 1);
    this.#foldEnded.set(fold, this.#foldEnded.get(fold) + 1);
    this.#foldDuration.set(fold, this.#foldDuration.get(fold) + (this.#tree.durationOf(row) ?? 0));
  }

  #emitFold(fold: number, level: Level): void {
    const index = this.#length++;
    this.#rows.set(index, -2 - fold);
    this.#levels.set(index, level.level);
    this.#positions.set(index, ++level.position);
    this.#sizes.set(index, level.size);
    this.#foldPlace.set(fold, index);
    const { id, count } = this.foldFacts(fold);
    if (!this.isFoldOpen(id)) return;
    let position = 0;
    for (let row = this.#foldFirst.get(fold); row !== NONE; row = this.#nextInFold.get(row)) {
      this.#emit(row, level.level + 1, ++position, count);
    }
  }

  #emit(row: number, level: number, position: number, size: number): void {
    const index = this.#length++;
    this.#rows.set(index, row);
    this.#levels.set(index, level);
    this.#positions.set(index, position);
    this.#sizes.set(index, size);
    this.#places.set(row, index);
  }
}
