import type { RecordedExec, RecordedExit, RecordedLost } from "../../protocol/recordedEvent.ts";
import { parseExecKey } from "./execKey.ts";
import type { ExecKey } from "./execKey.ts";
import { InternTable } from "./internTable.ts";
import { factsKey, factsOf, placeFacts } from "./rowFacts.ts";
import type { LineOrigin, SharedFacts } from "./rowFacts.ts";
import { EXEC, FLAG, GROUP, LOSS, NONE, RowTable } from "./rowTable.ts";
import { hashOf, RowIndex } from "./rowIndex.ts";
import { PendingExits } from "./pendingExits.ts";
import { Siblings } from "./siblings.ts";
import { WaitingChildren } from "./waitingChildren.ts";

/** What a program is called, and where it runs: rows that have it in common may fold. */
export interface ProgramFacts {
  readonly name: string;
}

/** What a loss row tells. */
export interface LossFacts {
  readonly kind: string;
  readonly reason: string;
  readonly count: number | undefined;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly program?: string | undefined;
}

/** What a group row tells; the counts are those of the execs below it. */
export interface GroupFacts {
  readonly grouping: "user" | "workspace" | "caller";
  readonly name: string;
  readonly key: string;
  count: number;
}

/** Where the lines of events are kept. */
export interface KeptLines {
  /** Keeps the line that is being read; its number. */
  keep(): number;
  release(line: number): void;
}

/** Who is told of changes; a row has its place when it is told. */
export interface TreeListener {
  added(row: number): void;
  /** It ended, began to end, or became another program. */
  changed(row: number): void;
  /** It and what is below it hang somewhere else. */
  moved(row: number): void;
  /** It goes, and still has its place. */
  removed(row: number): void;
}

/**
 * The tree of execs, made of events that may come in any order and more than once. Parents are the kernel's; a row
 * whose parent is not known is a root until it comes.
 */
export class ProcessTree {
  readonly rows = new RowTable();
  readonly siblings = new Siblings(this.rows);
  readonly facts = new InternTable<SharedFacts>();
  readonly texts = new InternTable<string>();
  readonly programs = new InternTable<ProgramFacts>();
  readonly losses = new Map<number, LossFacts>();
  readonly groups = new Map<number, GroupFacts>();
  /** Events lost, of any kind. */
  lost = 0;
  /** Whether new rows are marked `late`. */
  late = false;
  readonly #lines: KeptLines;
  readonly #listener: TreeListener;
  readonly #execs = new RowIndex();
  readonly #processes = new RowIndex();
  readonly #origins = new Map<string, number>();
  readonly #groupRows = new Map<string, number>();
  readonly #lossKeys = new Set<string>();
  readonly #lossKeyOf = new Map<number, string>();
  readonly #pendingExits: PendingExits;
  readonly #waiting = new WaitingChildren(this.rows);
  #order: number[] = [];
  #oldest = 0;
  #ready: number[] = [];

  constructor(lines: KeptLines, listener: TreeListener) {
    this.#lines = lines;
    this.#listener = listener;
    this.#pendingExits = new PendingExits((line) => {
      lines.release(line);
    });
  }

  /** Takes an exec; `scope` names its source, NUL, and the boot of the node that its ids belong to. */
  takeExec(exec: RecordedExec, origin: LineOrigin, scope: string): void {
    const key = exec.execId === undefined ? undefined : parseExecKey(exec.execId);
    if (key === undefined) {
      this.#takeUnidentified(exec, origin);
      return;
    }
    const within = this.#originOf(scope);
    const known = this.#find(within, key);
    if (known === NONE) this.#addExec(exec, origin, within, key);
    else if (this.rows.has(known, FLAG.beforeTracing) && !exec.beforeTracing) {
      this.#replace(known, exec, origin, within, key);
    }
  }

  /** Takes the end of a process, also of one whose execs are not known yet. */
  takeExit(exit: RecordedExit, scope: string): void {
    const key = parseExecKey(exit.execId);
    if (key === undefined) return;
    const within = this.#originOf(scope);
    const row = this.#latestOf(within, key);
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
    const origins = [...this.#origins].filter(([scope]) => scope.startsWith(`${source}\0`));
    this.#pendingExits.removeOrigins(new Set(origins.map(([, within]) => within)));
  }

  /** Lets go of the oldest ended rows for as long as it is full, unless something alive is below them; how many execs. */
  trim(isFull: () => boolean): number {
    let dropped = 0;
    while (isFull()) {
      const id = this.#ready.pop() ?? this.#nextOldest();
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
    this.rows.line.set(row, this.#lines.keep());
    this.rows.mark(row, FLAG.identified);
    this.#identify(row, within, key);
    const latest = this.#latestOf(within, key);
    if (latest === NONE) {
      this.#processes.add(row, hashOf(within, key.pid, key.startHigh, key.startLow, NONE));
      this.#placeHead(row, exec, within, key);
      const pending = this.#pendingExits.take(within, key);
      if (pending !== undefined) this.#setEnd(row, pending.exit, pending.line);
    } else this.#continueProcess(row, latest, exec, within, key);
    this.#listener.added(row);
    this.#adopt(row, within, exec.execId ?? "");
  }

  #identify(row: number, within: number, key: ExecKey): void {
    const { origin, pid, startHigh, startLow, execNumber } = this.rows;
    origin.set(row, within);
    pid.set(row, key.pid);
    startHigh.set(row, key.startHigh);
    startLow.set(row, key.startLow);
    execNumber.set(row, key.number);
    this.#execs.add(row, hashOf(within, key.pid, key.startHigh, key.startLow, key.number));
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
    if (after === NONE) {
      this.#processes.remove(latest);
      this.#processes.add(row, hashOf(within, key.pid, key.startHigh, key.startLow, NONE));
    } else previousExec.set(after, row);
    if (before === NONE) {
      this.siblings.remove(after);
      this.#placeHead(row, exec, within, key);
      this.#listener.moved(after);
      return;
    }
    nextExec.set(before, row);
    if (after !== NONE) this.#listener.moved(after);
    if (after === NONE) this.#moveEnd(before, row);
    this.#listener.changed(before);
  }

  /** The first exec of a process hangs under its parent, or waits for it among the roots. */
  #placeHead(row: number, exec: RecordedExec, within: number, key: ExecKey): void {
    const parentKey = exec.parentId === undefined ? undefined : parseExecKey(exec.parentId);
    if (exec.parentId === undefined || parentKey === undefined || sameProcess(parentKey, key)) {
      this.siblings.insert(row, NONE);
      return;
    }
    const parent = this.#find(within, parentKey);
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
    const username = exec.labels["username"] ?? "";
    const workspace = exec.labels["workspace_name"] ?? "";
    const user = this.#group("user", username, `u\0${username}`, username, "", NONE);
    const place = `${username}\0${workspace}`;
    const at = this.#group("workspace", workspace, `w\0${place}`, username, workspace, user);
    const caller = this.#group("caller", exec.comm, `c\0${place}\0${exec.comm}`, username, workspace, at);
    const row = this.#newExec(exec, origin);
    this.rows.pid.set(row, exec.pid | 0);
    this.rows.line.set(row, this.#lines.keep());
    this.siblings.insert(row, caller);
    this.#countGroups(row, 1);
    this.#listener.added(row);
  }

  #group(
    grouping: GroupFacts["grouping"],
    name: string,
    key: string,
    username: string,
    workspace: string,
    parent: number,
  ): number {
    const known = this.#groupRows.get(key);
    if (known !== undefined) return known;
    const nobody: LineOrigin = { source: "", sourceKind: "sidecar", container: undefined };
    const row = this.#addRow(GROUP, placeFacts(nobody, username, workspace), 0, name, "");
    this.#groupRows.set(key, row);
    this.groups.set(row, { grouping, name, key, count: 0 });
    this.siblings.insert(row, parent);
    this.#listener.added(row);
    return row;
  }

  #countGroups(row: number, difference: number): void {
    for (let at = this.rows.parent.get(row); at !== NONE; at = this.rows.parent.get(at)) {
      const group = this.groups.get(at);
      if (group !== undefined) group.count += difference;
    }
  }

  #newExec(exec: RecordedExec, origin: LineOrigin): number {
    const facts = factsOf(exec, origin);
    const path = exec.exe ?? exec.filename;
    const program = path.slice(path.lastIndexOf("/") + 1);
    const row = this.#addRow(EXEC, facts, exec.timeMs, exec.cmdline, program);
    this.#setExec(row, exec);
    return row;
  }

  #setExec(row: number, exec: RecordedExec): void {
    let flags = 0;
    if (exec.beforeTracing) flags |= FLAG.beforeTracing;
    if (exec.nested) flags |= FLAG.nested;
    if (exec.image === "memfd") flags |= FLAG.memfd;
    if (exec.image === "deleted") flags |= FLAG.deleted;
    if (exec.gained.length > 0) flags |= FLAG.gained;
    if (exec.interpreter !== undefined) flags |= FLAG.script;
    if (exec.truncated) flags |= FLAG.truncated;
    this.rows.mark(row, flags);
    if (exec.cwd !== undefined) this.rows.cwd.set(row, this.texts.take(exec.cwd, asIs));
  }

  #addRow(kind: number, facts: SharedFacts, startMs: number, command: string, program: string): number {
    const row = this.rows.add(kind);
    this.#setShared(row, facts, startMs, command, program);
    if (this.late) this.rows.mark(row, FLAG.late);
    if (kind !== GROUP) this.#order.push(this.rows.idOf(row));
    return row;
  }

  #setShared(row: number, facts: SharedFacts, startMs: number, command: string, program: string): void {
    this.rows.start.set(row, startMs);
    this.rows.facts.set(
      row,
      this.facts.take(factsKey(facts), () => facts),
    );
    this.rows.command.set(row, this.texts.take(command, asIs));
    const programKey = `${program}\0${facts.username}\0${facts.workspace}`;
    this.rows.program.set(
      row,
      this.programs.take(programKey, () => ({ name: program })),
    );
  }

  /** What ran before tracing is known better now. */
  #replace(row: number, exec: RecordedExec, origin: LineOrigin, within: number, key: ExecKey): void {
    const head = this.rows.previousExec.get(row) === NONE;
    this.#listener.removed(row);
    if (head) this.siblings.remove(row);
    this.#release(row);
    this.rows.unmark(row, FLAG.beforeTracing | FLAG.nested | FLAG.memfd | FLAG.deleted | FLAG.gained);
    this.rows.unmark(row, FLAG.script | FLAG.truncated);
    const path = exec.exe ?? exec.filename;
    const program = path.slice(path.lastIndexOf("/") + 1);
    this.#setShared(row, factsOf(exec, origin), exec.timeMs, exec.cmdline, program);
    this.#setExec(row, exec);
    this.rows.line.set(row, this.#lines.keep());
    if (head) this.#placeHead(row, exec, within, key);
    this.#listener.added(row);
    this.#listener.moved(row);
  }

  #end(row: number, exit: RecordedExit, line: number): void {
    this.#setEnd(row, exit, line);
    if (this.late) this.rows.mark(row, FLAG.lateEnd);
    if (this.rows.has(row, FLAG.overdue)) this.#ready.push(this.rows.idOf(row));
    this.#listener.changed(row);
  }

  #setEnd(row: number, exit: RecordedExit, line: number): void {
    const { rows } = this;
    const failed = exit.signal !== undefined || (exit.exitCode ?? 0) !== 0;
    rows.mark(row, failed ? FLAG.ended | FLAG.failed : FLAG.ended);
    rows.end.set(row, exit.timeMs);
    rows.duration.set(row, exit.durationMs);
    rows.exit.set(row, exit.exitCode ?? NONE);
    const signal =
      exit.signalName ?? (exit.signal === undefined ? undefined : `signal ${String(exit.signal)}`);
    rows.signal.set(row, signal === undefined ? NONE : this.texts.take(signal, asIs));
    rows.exitLine.set(row, line);
  }

  /** The end belongs to the last exec of a process. */
  #moveEnd(from: number, to: number): void {
    const { rows } = this;
    const ended = FLAG.ended | FLAG.failed | FLAG.lateEnd;
    if (!rows.has(from, FLAG.ended)) return;
    rows.mark(to, rows.flags.get(from) & ended);
    rows.unmark(from, ended);
    for (const column of [rows.end, rows.duration, rows.exit, rows.signal, rows.exitLine]) {
      column.set(to, column.get(from));
    }
    rows.signal.set(from, NONE);
    rows.exitLine.set(from, NONE);
  }

  #find(within: number, key: ExecKey): number {
    let row = this.#execs.first(hashOf(within, key.pid, key.startHigh, key.startLow, key.number));
    while (row !== NONE) {
      if (this.#isOf(row, within, key) && this.rows.execNumber.get(row) === key.number) return row;
      row = this.#execs.after(row);
    }
    return NONE;
  }

  #latestOf(within: number, key: ExecKey): number {
    let row = this.#processes.first(hashOf(within, key.pid, key.startHigh, key.startLow, NONE));
    while (row !== NONE && !this.#isOf(row, within, key)) row = this.#processes.after(row);
    return row;
  }

  #isOf(row: number, within: number, key: ExecKey): boolean {
    const { origin, pid, startHigh, startLow } = this.rows;
    return (
      pid.get(row) === key.pid &&
      startLow.get(row) === key.startLow &&
      startHigh.get(row) === key.startHigh &&
      origin.get(row) === within
    );
  }

  #originOf(scope: string): number {
    const known = this.#origins.get(scope);
    if (known !== undefined) return known;
    this.#origins.set(scope, this.#origins.size);
    return this.#origins.size - 1;
  }

  #nextOldest(): number | undefined {
    if (this.#oldest > 65_536 && this.#oldest * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#oldest);
      this.#oldest = 0;
    }
    return this.#order[this.#oldest++];
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
    if (rows.kind.get(row) === EXEC && !rows.has(row, FLAG.identified)) this.#countGroups(row, -1);
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
    if (rows.has(row, FLAG.identified)) this.#forgetIdentity(row, before, after);
    this.#release(row);
    if (rows.exitLine.get(row) !== NONE) this.#lines.release(rows.exitLine.get(row));
    if (rows.signal.get(row) !== NONE) this.texts.release(rows.signal.get(row));
    this.#forgetLoss(row);
    const group = this.groups.get(row);
    if (group !== undefined) this.#groupRows.delete(group.key);
    this.groups.delete(row);
    rows.remove(row);
  }

  #forgetIdentity(row: number, before: number, after: number): void {
    const { origin, pid, startHigh, startLow } = this.rows;
    this.#execs.remove(row);
    if (after !== NONE) return;
    this.#processes.remove(row);
    if (before === NONE) return;
    const hash = hashOf(origin.get(row), pid.get(row), startHigh.get(row), startLow.get(row), NONE);
    this.#processes.add(before, hash);
    this.#moveEnd(row, before);
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

  /** Lets go of the texts and the line of a row. */
  #release(row: number): void {
    const { rows } = this;
    this.facts.release(rows.facts.get(row));
    this.texts.release(rows.command.get(row));
    this.programs.release(rows.program.get(row));
    if (rows.cwd.get(row) !== NONE) this.texts.release(rows.cwd.get(row));
    rows.cwd.set(row, NONE);
    if (rows.line.get(row) !== NONE) this.#lines.release(rows.line.get(row));
    rows.line.set(row, NONE);
  }
}

function sameProcess(one: ExecKey, other: ExecKey): boolean {
  return one.pid === other.pid && one.startHigh === other.startHigh && one.startLow === other.startLow;
}

function asIs(text: string): string {
  return text;
}
