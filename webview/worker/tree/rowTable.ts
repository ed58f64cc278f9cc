import { FloatColumn, IntColumn } from "./columns.ts";

/** No row, no line, no text. */
export const NONE = -1;

/** Kinds of rows. */
export const EXEC = 0;
export const LOSS = 1;
export const GROUP = 2;

/** Bits of `flags`. */
export const FLAG = {
  beforeTracing: 1,
  nested: 2,
  memfd: 4,
  deleted: 8,
  gained: 16,
  script: 32,
  truncated: 64,
  /** Has an exec id: its end will be told. */
  identified: 128,
  /** Its process has ended. */
  ended: 256,
  failed: 512,
  /** Too old to be kept, but something below it is not. */
  overdue: 1_024,
  collapsed: 2_048,
  /** Matches the filter. */
  matched: 4_096,
  /** Matches the filter but for its range of time. */
  matchedAnyTime: 8_192,
  /** Something below it matches. */
  context: 16_384,
  /** In the timeline, as one that succeeded or failed. */
  countedGood: 32_768,
  countedFailed: 65_536,
  /** Its children are not in the order of time. */
  unsorted: 131_072,
  /** Came while the view was paused. */
  late: 262_144,
  /** Its process ended while the view was paused. */
  lateEnd: 524_288,
  inSubtree: 1_048_576,
  /** In the counts, as one that runs or failed. */
  talliedRunning: 2_097_152,
  talliedFailed: 4_194_304,
  coreDumped: 8_388_608,
  /** Its process ended before the time that is known. */
  endedEarlier: 16_777_216,
} as const;

const SLOTS = 2 ** 26;

/**
 * The rows of the tree in columns: a row is a number below `length`, used again after its end. Texts are numbers in the
 * tables of the tree; links are rows, or `NONE`.
 */
export class RowTable {
  /** `EXEC`, `LOSS` or `GROUP`. */
  readonly kind = new IntColumn();
  readonly flags = new IntColumn();
  readonly facts = new IntColumn();
  readonly command = new IntColumn();
  /** Program, user and workspace: what rows fold by. */
  readonly program = new IntColumn();
  readonly cwd = new IntColumn();
  /** Number of the source, node and boot within which exec ids are unique. */
  readonly origin = new IntColumn();
  readonly pid = new IntColumn();
  readonly startHigh = new IntColumn();
  readonly startLow = new IntColumn();
  readonly execNumber = new IntColumn();
  /** Milliseconds since 1970. */
  readonly start = new FloatColumn();
  /** When its process ended, milliseconds since 1970; only with `ended`. */
  readonly end = new FloatColumn();
  /** From the process's start to its end, in milliseconds; only with `ended`. */
  readonly duration = new FloatColumn();
  /** Exit status; -1: a signal. Only with `ended`. */
  readonly exit = new IntColumn();
  readonly signal = new IntColumn();
  readonly parent = new IntColumn();
  readonly firstChild = new IntColumn();
  readonly lastChild = new IntColumn();
  readonly previous = new IntColumn();
  readonly next = new IntColumn();
  /** The execs of the same process before and after this one. */
  readonly previousExec = new IntColumn();
  readonly nextExec = new IntColumn();
  readonly line = new FloatColumn();
  readonly exitLine = new FloatColumn();
  readonly #links = [
    this.cwd,
    this.signal,
    this.parent,
    this.firstChild,
    this.lastChild,
    this.previous,
    this.next,
    this.previousExec,
    this.nextExec,
  ];
  readonly #generations = new IntColumn();
  readonly #used = new IntColumn();
  readonly #free: number[] = [];
  #length = 0;

  /** One more than the largest row ever used. */
  get length(): number {
    return this.#length;
  }

  /** Rows in use. */
  get size(): number {
    return this.#length - this.#free.length;
  }

  /** A new row without links, flags and lines. */
  add(kind: number): number {
    const row = this.#free.pop() ?? this.#length++;
    this.#used.set(row, 1);
    this.kind.set(row, kind);
    this.flags.set(row, 0);
    for (const column of this.#links) column.set(row, NONE);
    this.line.set(row, NONE);
    this.exitLine.set(row, NONE);
    return row;
  }

  /** Ends a row: its id is never used again, its number is. */
  remove(row: number): void {
    this.#used.set(row, 0);
    this.#generations.set(row, this.#generations.get(row) + 1);
    this.#free.push(row);
  }

  isUsed(row: number): boolean {
    return this.#used.get(row) === 1;
  }

  /** Names the row for as long as the view lives. */
  idOf(row: number): number {
    return this.#generations.get(row) * SLOTS + row + 1;
  }

  /** The row that has this id, or `NONE`. */
  rowOf(id: number): number {
    const row = (id - 1) % SLOTS;
    if (!(row >= 0 && row < this.#length) || !this.isUsed(row)) return NONE;
    return this.idOf(row) === id ? row : NONE;
  }

  has(row: number, flag: number): boolean {
    return (this.flags.get(row) & flag) !== 0;
  }

  mark(row: number, flag: number): void {
    this.flags.set(row, this.flags.get(row) | flag);
  }

  unmark(row: number, flag: number): void {
    this.flags.set(row, this.flags.get(row) & ~flag);
  }

  /** The first exec that is known of the row's process: the one that has a place among its siblings. */
  headOf(row: number): number {
    let head = row;
    for (let at = row; at !== NONE; at = this.previousExec.get(at)) head = at;
    return head;
  }
}
