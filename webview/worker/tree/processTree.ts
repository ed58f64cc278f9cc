import type { RecordedExec, RecordedExit, RecordedLost } from "../../../protocol/recordedEvent.ts";
import { CallerGroups } from "./callerGroups.ts";
import { parseExecKey } from "./execKey.ts";
import type { ExecKey } from "./execKey.ts";
import { ExecRegister } from "./execRegister.ts";
import type { InternTable } from "./internTable.ts";
import { factsOf, placeFacts } from "./rowFacts.ts";
import type { LineOrigin, SharedFacts } from "./rowFacts.ts";
import { EXEC, FLAG, GROUP, LOSS, NONE, RowTable } from "./rowTable.ts";
import { RemovalOrder } from "./removalOrder.ts";
import { RowContents } from "./rowContents.ts";
import type { KeptLines, ProgramFacts } from "./rowContents.ts";
import type { TreeListener } from "./treeListener.ts";
import { PendingExits } from "./pendingExits.ts";
import { Siblings } from "./siblings.ts";
import { WaitingChildren } from "./waitingChildren.ts";

/** What a loss row tells. */
export interface LossFacts {
  readonly kind: string;
  readonly reason: string;
  readonly count: number | undefined;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly program?: string | undefined;
}

/**
 * The tree of execs, made of events that may come in any order and more than once. Parents are the kernel's; a row
 * whose parent is not known is a root until it comes.
 */
export class ProcessTree {
  readonly rows = new RowTable();
  readonly siblings = new Siblings(this.rows);
  readonly losses = new Map<number, LossFacts>();
  readonly groups = new CallerGroups(this.rows, {
    add: (name, place) => this.#addRow(GROUP, place, 0, name, ""),
    place: (row, parent) => {
      this.siblings.insert(row, parent);
      this.#listener.added(row);
    },
  });
  /** Events lost, of any kind. */
  lost = 0;
  /** Whether new rows are marked `late`. */
  late = false;
  readonly #lines: KeptLines;
  readonly #contents: RowContents;
  readonly #listener: TreeListener;
  readonly #register = new ExecRegister(this.rows);
  readonly #lossKeys = new Set<string>();
  readonly #lossKeyOf = new Map<number, string>();
  readonly #pendingExits: PendingExits;
  readonly #waiting = new WaitingChildren(this.rows);
  readonly #removal = new RemovalOrder();

  constructor(lines: KeptLines, listener: TreeListener) {
    this.#contents = new RowContents(this.rows, lines);
    this.#lines = lines;
    this.#listener = listener;
    this.#pendingExits = new PendingExits((line) => {
      lines.release(line);
    });
  }

  get facts(): InternTable<SharedFacts> {
    return this.#contents.facts;
  }

  get texts(): InternTable<string> {
    return this.#contents.texts;
  }

  get programs(): InternTable<ProgramFacts> {
    return this.#contents.programs;
  }

  /** Takes an exec; `scope` names its source, NUL, and the boot of the node that its ids belong to. */
  takeExec(exec: RecordedExec, origin: LineOrigin, scope: string): void {
    const key = exec.execId === undefined ? undefined : parseExecKey(exec.execId);
    if (key === undefined) {
      this.#takeUnidentified(exec, origin);
      return;
    }
    const within = this.#register.originOf(scope);
    const known = this.#register.find(within, key);
    if (known === NONE) this.#addExec(exec, origin, within, key);
    else if (this.rows.has(known, FLAG.beforeTracing) && !exec.beforeTracing) {
      this.#replace(known, exec, origin, within, key);
    }
  }

  /** Takes the end of a process, also of one whose execs are not known yet. */
  takeExit(exit: RecordedExit, scope: string): void {
    const key = parseExecKey(exit.execId);
    if (key === undefined) return;
    const within = this.#register.originOf(scope);
    const row = this.#register.latestOf(within, key);
    if (row !== NONE) {
      if (!this.rows.has(row, FLAG.ended)) this.#end(row, exit, this.#lines.keep());
      return;
    }
    this.#pendingExits.add(within, key, exit, () => this.#lines.keep());
  }

  /** Takes a loss that the tracer told. */
  takeLost(lost: RecordedLost, origin: LineOrigin, scope: string): void {
    const key = lost.seq === undefined ? undefined : `${scope}\0${String(lost.seq)}`;
    if (key !== undefined && this.#lossKeys.has(key)) return;
    const { kind, reason, count, firstMs, lastMs, program, labels } = lost;
    const place = placeFacts(origin, labels["username"] ?? "", labels["workspace_name"] ?? "", lost.node);
    const loss = { kind, reason, count, firstMs, lastMs, program };
    const row = this.addLoss(loss, firstMs, place, this.#lines.keep());
    if (key === undefined) return;
    this.#lossKeys.add(key);
    this.#lossKeyOf.set(row, key);
  }

  /** Adds a row for a loss at its time. */
  addLoss(loss: LossFacts, startMs: number, place: SharedFacts, line: number): number {
    const row = this.#addRow(LOSS, place, startMs, loss.kind, "");
    this.rows.line.set(row, line);
    this.losses.set(row, loss);
    // Processes that a snapshot leaves out are untold, not lost.
    if (loss.kind !== "process") this.lost += loss.count ?? 0;
    this.siblings.insert(row, NONE);
    this.#listener.added(row);
    return row;
  }

  /** Takes what one source told out of the tree. */
  removeSource(source: string): void {
    for (let row = this.rows.length - 1; row >= 0; row--) {
      if (!this.rows.isUsed(row) || this.rows.kind.get(row) === GROUP) continue;
      if (this.facts.value(this.rows.facts.get(row)).source !== source) continue;
      this.#removeWithEmptyGroups(row);
    }
    this.#pendingExits.removeOrigins(this.#register.originsOf(source));
  }

  /** Lets go of the oldest ended rows for as long as it is full, unless something alive is below them; how many execs. */
  trim(isFull: () => boolean): number {
    let dropped = 0;
    while (isFull()) {
      const id = this.#removal.next();
      if (id === undefined) break;
      const row = this.rows.rowOf(id);
      if (row === NONE) continue;
      if (this.#isRemovable(row)) dropped += this.#removeWithOverdue(row);
      else this.rows.mark(row, FLAG.overdue);
    }
    return dropped;
  }

  /** Whether the exec's process runs this program now. */
  isRunning(row: number): boolean {
    const flags = this.rows.flags.get(row);
    return (
      (flags & (FLAG.identified | FLAG.ended)) === FLAG.identified && this.rows.nextExec.get(row) === NONE
    );
  }

  /** From its exec until its end or its next exec, in milliseconds; undefined while it runs or when nobody knows. */
  durationOf(row: number): number | undefined {
    const { rows } = this;
    const next = rows.nextExec.get(row);
    const start = rows.start.get(row);
    if (next !== NONE) return Math.max(0, rows.start.get(next) - start);
    if (!rows.has(row, FLAG.ended)) return undefined;
    const whole = rows.duration.get(row);
    const sinceExec = rows.end.get(row) - start;
    // The process may be older than its exec; and the wall clock may have been set back meanwhile.
    return sinceExec < 0 ? whole : Math.min(whole, sinceExec);
  }

  /** The exec or group that the row hangs under, or `NONE`. */
  parentOf(row: number): number {
    return this.rows.parent.get(this.rows.headOf(row));
  }

  #addExec(exec: RecordedExec, origin: LineOrigin, within: number, key: ExecKey): void {
    const row = this.#newExec(exec, origin);
    this.rows.mark(row, FLAG.identified);
    this.#register.identify(row, within, key);
    const latest = this.#register.latestOf(within, key);
    if (latest === NONE) {
      this.#register.setLatest(row);
      this.#placeHead(row, exec, within, key);
      const pending = this.#pendingExits.take(within, key);
      if (pending !== undefined) this.#contents.setEnd(row, pending.exit, pending.line);
    } else this.#continueProcess(row, latest, exec, within, key);
    this.#listener.added(row);
    this.#adopt(row, within, exec.execId ?? "");
  }

  /** Puts a further exec of a known process in its place among them. */
  #continueProcess(row: number, latest: number, exec: RecordedExec, within: number, key: ExecKey): void {
    const { previousExec, nextExec, execNumber } = this.rows;
    let before = latest;
    let after = NONE;
    while (before !== NONE && execNumber.get(before) > key.number) {
      after = before;
      before = previousExec.get(before);
    }
    previousExec.set(row, before);
    nextExec.set(row, after);
    if (after === NONE) this.#register.setLatest(row, latest);
    else previousExec.set(after, row);
    if (before === NONE) {
      this.siblings.remove(after);
      this.#placeHead(row, exec, within, key);
      this.#listener.moved(after);
      return;
    }
    nextExec.set(before, row);
    if (after !== NONE) this.#listener.moved(after);
    if (after === NONE) this.#contents.moveEnd(before, row);
    this.#listener.changed(before);
  }

  /** The first exec of a process hangs under its parent, or waits for it among the roots. */
  #placeHead(row: number, exec: RecordedExec, within: number, key: ExecKey): void {
    const parentKey = exec.parentId === undefined ? undefined : parseExecKey(exec.parentId);
    if (exec.parentId === undefined || parentKey === undefined || sameProcess(parentKey, key)) {
      this.siblings.insert(row, NONE);
      return;
    }
    const parent = this.#register.find(within, parentKey);
    if (parent !== NONE && !this.#isBelow(parent, row)) {
      this.siblings.insert(row, parent);
      return;
    }
    this.siblings.insert(row, NONE);
    this.#waiting.add(`${String(within)}.${exec.parentId}`, row);
  }

  /** Takes in what waited for this exec. */
  #adopt(row: number, within: number, execId: string): void {
    for (const child of this.#waiting.take(`${String(within)}.${execId}`)) {
      if (this.rows.previousExec.get(child) !== NONE) continue;
      if (this.rows.parent.get(child) !== NONE || this.#isBelow(row, child)) continue;
      this.siblings.remove(child);
      this.siblings.insert(child, row);
      this.#listener.moved(child);
    }
  }

  /** Whether `row` is `top`, a further exec of it or somewhere below: only events that lie can ask for such a parent. */
  #isBelow(row: number, top: number): boolean {
    const leaf =
      this.rows.firstChild.get(top) === NONE &&
      this.rows.nextExec.get(top) === NONE &&
      this.rows.previousExec.get(top) === NONE;
    if (leaf) return row === top;
    for (let at = row; at !== NONE; at = this.parentOf(at)) {
      for (let exec = at; exec !== NONE; exec = this.rows.previousExec.get(exec))
        if (exec === top) return true;
    }
    return false;
  }

  #takeUnidentified(exec: RecordedExec, origin: LineOrigin): void {
    const caller = this.groups.groupOf(exec);
    const row = this.#newExec(exec, origin);
    this.rows.pid.set(row, exec.pid | 0);
    this.siblings.insert(row, caller);
    this.groups.count(row, 1);
    this.#listener.added(row);
  }

  #newExec(exec: RecordedExec, origin: LineOrigin): number {
    const row = this.#addRow(EXEC, factsOf(exec, origin), exec.timeMs, exec.cmdline, programOf(exec));
    this.#contents.setExec(row, exec);
    return row;
  }

  #addRow(kind: number, facts: SharedFacts, startMs: number, command: string, program: string): number {
    const row = this.rows.add(kind);
    this.#contents.setShared(row, facts, startMs, command, program);
    if (this.late) this.rows.mark(row, FLAG.late);
    if (kind !== GROUP) this.#removal.add(this.rows.idOf(row));
    return row;
  }

  /** What ran before tracing is known better now. */
  #replace(row: number, exec: RecordedExec, origin: LineOrigin, within: number, key: ExecKey): void {
    const head = this.rows.previousExec.get(row) === NONE;
    this.#listener.removed(row);
    if (head) this.siblings.remove(row);
    this.#contents.release(row);
    this.#contents.setShared(row, factsOf(exec, origin), exec.timeMs, exec.cmdline, programOf(exec));
    this.#contents.setExec(row, exec);
    if (head) this.#placeHead(row, exec, within, key);
    this.#listener.added(row);
    this.#listener.moved(row);
  }

  #end(row: number, exit: RecordedExit, line: number): void {
    this.#contents.setEnd(row, exit, line);
    if (this.late) this.rows.mark(row, FLAG.lateEnd);
    if (this.rows.has(row, FLAG.overdue)) this.#removal.makeReady(this.rows.idOf(row));
    this.#listener.changed(row);
  }

  #isRemovable(row: number): boolean {
    const { firstChild, nextExec } = this.rows;
    return firstChild.get(row) === NONE && nextExec.get(row) === NONE && !this.isRunning(row);
  }

  /** Removes a row, and what was only kept for it; how many execs. */
  #removeWithOverdue(first: number): number {
    let dropped = 0;
    const todo = [first];
    for (let row = todo.pop(); row !== undefined; row = todo.pop()) {
      if (!this.#isRemovable(row)) continue;
      if (this.rows.kind.get(row) === EXEC) dropped++;
      const parent = this.rows.parent.get(row);
      const before = this.rows.previousExec.get(row);
      this.#remove(row);
      for (const other of [parent, before]) {
        if (other === NONE) continue;
        if (this.rows.has(other, FLAG.overdue) || this.rows.kind.get(other) === GROUP) todo.push(other);
      }
    }
    return dropped;
  }

  #removeWithEmptyGroups(row: number): void {
    let parent = this.rows.parent.get(row);
    this.#remove(row);
    while (parent !== NONE && this.rows.kind.get(parent) === GROUP) {
      if (this.rows.firstChild.get(parent) !== NONE) return;
      const above = this.rows.parent.get(parent);
      this.#remove(parent);
      parent = above;
    }
  }

  #remove(row: number): void {
    const { rows, siblings } = this;
    this.#listener.removed(row);
    if (rows.kind.get(row) === EXEC && !rows.has(row, FLAG.identified)) this.groups.count(row, -1);
    for (let child = rows.firstChild.get(row); child !== NONE; child = rows.firstChild.get(row)) {
      siblings.remove(child);
      siblings.insert(child, NONE);
    }
    const before = rows.previousExec.get(row);
    const after = rows.nextExec.get(row);
    if (after !== NONE) rows.previousExec.set(after, before);
    if (before !== NONE) rows.nextExec.set(before, after);
    else {
      const parent = rows.parent.get(row);
      siblings.remove(row);
      if (after !== NONE) siblings.insert(after, parent);
    }
    if (rows.has(row, FLAG.identified)) {
      this.#register.forget(row);
      if (after === NONE) this.#forgetLatest(row, before);
    }
    this.#contents.release(row);
    this.#contents.releaseEnd(row);
    this.#forgetLoss(row);
    this.groups.forget(row);
    rows.remove(row);
  }

  /** The end belongs to the exec before, and so does the process. */
  #forgetLatest(row: number, before: number): void {
    this.#register.forgetLatest(row, before);
    if (before === NONE) return;
    this.#contents.moveEnd(row, before);
    this.#listener.changed(before);
  }

  #forgetLoss(row: number): void {
    const loss = this.losses.get(row);
    if (loss === undefined) return;
    this.losses.delete(row);
    const key = this.#lossKeyOf.get(row);
    if (key !== undefined) this.#lossKeys.delete(key);
    this.#lossKeyOf.delete(row);
  }
}

function sameProcess(one: ExecKey, other: ExecKey): boolean {
  return one.pid === other.pid && one.startHigh === other.startHigh && one.startLow === other.startLow;
}

function programOf({ exe, filename }: RecordedExec): string {
  const path = exe ?? filename;
  return path.slice(path.lastIndexOf("/") + 1);
}
