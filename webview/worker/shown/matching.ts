import type { ViewFilter } from "../../../protocol/webviewMessages.ts";
import type { FilterPredicate } from "../../filter/compileFilter.ts";
import { parseFoldId } from "../tree/foldId.ts";
import type { ProcessTree } from "../tree/processTree.ts";
import { RowCursor } from "../tree/rowCursor.ts";
import { EXEC, FLAG, GROUP, NONE } from "../tree/rowTable.ts";
import type { Tally } from "./tally.ts";

/** All that decides which rows are shown. */
export interface RowFilter {
  readonly filter: ViewFilter;
  /** What the expression says; undefined: nothing. */
  readonly predicate: FilterPredicate | undefined;
  readonly range: readonly [number, number] | undefined;
  /** Id of a row. */
  readonly subtree: number | undefined;
  readonly hidden: readonly string[];
}

const MATCHED = FLAG.matched | FLAG.matchedAnyTime;

/** Marks the rows that match the filter, and those above them, as rows come and change. */
export class Matching {
  readonly #tree: ProcessTree;
  readonly #tally: Tally;
  readonly #cursor: RowCursor;
  #filter: RowFilter;
  #filtering = false;
  #hidden = new Set<string>();
  #users = new Set<string>();
  #workspaces = new Set<string>();
  #fold: { readonly parent: number; readonly program: number } | undefined;
  #allStale = false;
  #contextStale = false;

  constructor(tree: ProcessTree, tally: Tally, filter: RowFilter) {
    this.#tree = tree;
    this.#tally = tally;
    this.#cursor = new RowCursor(tree);
    this.#filter = filter;
  }

  /** Whether anything may be hidden. */
  get filtering(): boolean {
    return this.#filtering;
  }

  /** The row that alone is shown with what is below it; undefined: all roots; `NONE`: it is gone. */
  get top(): number | undefined {
    const { subtree } = this.#filter;
    return subtree === undefined || this.#fold !== undefined ? undefined : this.#tree.rows.rowOf(subtree);
  }

  /** Applies another filter to every row. */
  setFilter(filter: RowFilter): void {
    const { usernames, workspaces } = filter.filter;
    this.#filter = filter;
    this.#hidden = new Set(filter.hidden);
    this.#users = new Set(usernames);
    this.#workspaces = new Set(
      workspaces.map(({ username, workspaceName }) => placeKey(username, workspaceName)),
    );
    this.#fold = filter.subtree === undefined ? undefined : parseFoldId(filter.subtree);
    this.#filtering =
      filter.predicate !== undefined ||
      filter.range !== undefined ||
      filter.subtree !== undefined ||
      filter.hidden.length + usernames.length + workspaces.length > 0;
    this.#matchAll();
  }

  /** The same filter, compiled anew. */
  setPredicate(predicate: FilterPredicate | undefined): void {
    this.#filter = { ...this.#filter, predicate };
  }

  /** All rows are to be matched anew, because time has passed or they moved. */
  markStale(): void {
    this.#allStale = true;
  }

  /** Brings up to date what single rows could not. */
  refresh(): void {
    if (this.#allStale) this.#matchAll();
    else if (this.#contextStale) this.#findContext();
  }

  added(row: number): void {
    this.#tally.add(row);
    this.#inheritSubtree(row);
    this.#update(row);
  }

  changed(row: number): void {
    this.#update(row);
  }

  moved(row: number): void {
    if (this.#filter.subtree !== undefined) this.#allStale = true;
    if (this.#tree.rows.has(row, MATCHED | FLAG.context)) this.#markAbove(row);
  }

  removed(row: number): void {
    if (this.#tree.rows.kind.get(row) === EXEC && this.#tree.rows.has(row, FLAG.matched)) this.#tally.shown--;
    if (this.#filtering) this.#contextStale = true;
    this.#tree.rows.unmark(row, MATCHED);
    this.#tally.update(row, true);
  }

  #matchAll(): void {
    const { rows } = this.#tree;
    this.#allStale = false;
    if (this.#filter.subtree !== undefined) this.#findSubtree();
    for (let row = 0; row < rows.length; row++) if (rows.isUsed(row)) this.#match(row);
    this.#findContext();
  }

  #update(row: number): void {
    const was = this.#tree.rows.has(row, FLAG.matched);
    this.#match(row);
    const is = this.#tree.rows.has(row, FLAG.matched);
    if (is && !was) this.#markAbove(row);
    else if (was && !is) this.#contextStale = true;
  }

  #match(row: number): void {
    const { rows } = this.#tree;
    const flags = rows.flags.get(row);
    const anyTime = !this.#filtering || this.#matchesAnyTime(row);
    const now = anyTime ? (this.#isInRange(row) ? MATCHED : FLAG.matchedAnyTime) : 0;
    if (rows.kind.get(row) === EXEC) {
      if ((flags & FLAG.matched) !== 0) this.#tally.shown--;
      if ((now & FLAG.matched) !== 0) this.#tally.shown++;
    }
    if ((flags & MATCHED) !== now) rows.flags.set(row, (flags & ~MATCHED) | now);
    this.#tally.update(row, false);
  }

  #matchesAnyTime(row: number): boolean {
    const { rows, facts, programs } = this.#tree;
    const { predicate, subtree } = this.#filter;
    const kind = rows.kind.get(row);
    if (kind === GROUP) return false;
    if (subtree !== undefined && !this.#isInSubtree(row)) return false;
    if (this.#users.size > 0 || this.#workspaces.size > 0) {
      const { username, workspace } = facts.value(rows.facts.get(row));
      // What was lost nobody knows where may be of those who are wanted.
      if ((kind === EXEC || workspace !== "") && !this.#isWanted(username, workspace)) return false;
    }
    if (
      kind === EXEC &&
      this.#hidden.size > 0 &&
      this.#hidden.has(programs.value(rows.program.get(row)).name)
    )
      return false;
    if (predicate === undefined) return true;
    this.#cursor.row = row;
    return kind === EXEC ? predicate.matches(this.#cursor) : predicate.mayMatchLoss(this.#cursor);
  }

  #isWanted(username: string, workspace: string): boolean {
    if (this.#users.size > 0 && !this.#users.has(username)) return false;
    if (this.#workspaces.size === 0) return true;
    return (
      this.#workspaces.has(placeKey(undefined, workspace)) ||
      this.#workspaces.has(placeKey(username, workspace))
    );
  }

  #isInRange(row: number): boolean {
    const { range } = this.#filter;
    if (range === undefined) return true;
    const start = this.#tree.rows.start.get(row);
    return start >= range[0] && start < range[1];
  }

  #isInSubtree(row: number): boolean {
    const { rows } = this.#tree;
    const fold = this.#fold;
    if (fold === undefined) return rows.has(row, FLAG.inSubtree);
    return rows.program.get(row) === fold.program && rows.parent.get(row) === fold.parent;
  }

  #inheritSubtree(row: number): void {
    if (this.#filter.subtree === undefined) return;
    const { rows } = this.#tree;
    const above = this.#above(row);
    if (above !== NONE && rows.has(above, FLAG.inSubtree)) rows.mark(row, FLAG.inSubtree);
  }

  /** The earlier exec of the process, or its parent: what must be shown for the row to have a place. */
  #above(row: number): number {
    const before = this.#tree.rows.previousExec.get(row);
    return before === NONE ? this.#tree.rows.parent.get(row) : before;
  }

  #markAbove(row: number): void {
    const { rows } = this.#tree;
    for (let at = this.#above(row); at !== NONE; at = this.#above(at)) {
      if (rows.has(at, FLAG.context)) return;
      rows.mark(at, FLAG.context);
    }
  }

  #findContext(): void {
    const { rows } = this.#tree;
    this.#contextStale = false;
    for (let row = 0; row < rows.length; row++) rows.unmark(row, FLAG.context);
    for (let row = 0; row < rows.length; row++) {
      if (rows.has(row, FLAG.matched) && rows.isUsed(row)) this.#markAbove(row);
    }
  }

  #findSubtree(): void {
    const { rows } = this.#tree;
    for (let row = 0; row < rows.length; row++) rows.unmark(row, FLAG.inSubtree);
    const top = this.top ?? NONE;
    if (top === NONE) return;
    const todo = [top];
    for (let row = todo.pop(); row !== undefined; row = todo.pop()) {
      rows.mark(row, FLAG.inSubtree);
      if (rows.nextExec.get(row) !== NONE) todo.push(rows.nextExec.get(row));
      for (let child = rows.firstChild.get(row); child !== NONE; child = rows.next.get(child))
        todo.push(child);
    }
  }
}

function placeKey(username: string | undefined, workspace: string): string {
  return username === undefined ? workspace : `${username}\0${workspace}`;
}
