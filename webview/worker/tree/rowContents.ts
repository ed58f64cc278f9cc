import type { RecordedExec, RecordedExit } from "../../../protocol/recordedEvent.ts";
import { InternTable } from "./internTable.ts";
import { factsKey } from "./rowFacts.ts";
import type { SharedFacts } from "./rowFacts.ts";
import { FLAG, NONE } from "./rowTable.ts";
import type { RowTable } from "./rowTable.ts";
import { t } from "../../../protocol/text/translate.ts";

/** What a program is called, and where it runs: rows that have it in common may fold. */
export interface ProgramFacts {
  readonly name: string;
}

/** Where the lines of events are kept. */
export interface KeptLines {
  /** Keeps the line that is being read; its number. */
  keep(): number;
  release(line: number): void;
}

/** Of what an exec tells, and an exec that is known better tells anew. */
const TOLD =
  FLAG.beforeTracing | FLAG.nested | FLAG.memfd | FLAG.deleted | FLAG.gained | FLAG.script | FLAG.truncated;

const ENDED = FLAG.ended | FLAG.failed | FLAG.lateEnd | FLAG.coreDumped | FLAG.endedEarlier;

/** Fills the columns of rows; what many rows have in common is kept once. */
export class RowContents {
  readonly facts = new InternTable<SharedFacts>();
  readonly texts = new InternTable<string>();
  readonly programs = new InternTable<ProgramFacts>();
  readonly #rows: RowTable;
  readonly #lines: KeptLines;

  constructor(rows: RowTable, lines: KeptLines) {
    this.#rows = rows;
    this.#lines = lines;
  }

  /** What rows of every kind have. */
  setShared(row: number, facts: SharedFacts, startMs: number, command: string, program: string): void {
    this.#rows.start.set(row, startMs);
    this.#rows.facts.set(
      row,
      this.facts.take(factsKey(facts), () => facts),
    );
    this.#rows.command.set(row, this.texts.take(command, asIs));
    const programKey = `${program}\0${facts.username}\0${facts.workspace}`;
    this.#rows.program.set(
      row,
      this.programs.take(programKey, () => ({ name: program })),
    );
  }

  /** What only execs have, with the line that is being read. */
  setExec(row: number, exec: RecordedExec): void {
    let flags = 0;
    if (exec.beforeTracing) flags |= FLAG.beforeTracing;
    if (exec.nested) flags |= FLAG.nested;
    if (exec.image === "memfd") flags |= FLAG.memfd;
    if (exec.image === "deleted") flags |= FLAG.deleted;
    if (exec.gained.length > 0) flags |= FLAG.gained;
    if (exec.interpreter !== undefined) flags |= FLAG.script;
    if (exec.truncated) flags |= FLAG.truncated;
    this.#rows.unmark(row, TOLD);
    this.#rows.mark(row, flags);
    if (exec.cwd !== undefined) this.#rows.cwd.set(row, this.texts.take(exec.cwd, asIs));
    this.#rows.line.set(row, this.#lines.keep());
  }

  /** How the row's process ended; `line`: where that was told. */
  setEnd(row: number, exit: RecordedExit, line: number): void {
    const rows = this.#rows;
    const failed = exit.signal !== undefined || (exit.exitCode ?? 0) !== 0;
    rows.mark(
      row,
      FLAG.ended |
        (failed ? FLAG.failed : 0) |
        (exit.coreDumped ? FLAG.coreDumped : 0) |
        (exit.late ? FLAG.endedEarlier : 0),
    );
    rows.end.set(row, exit.timeMs);
    rows.duration.set(row, exit.durationMs);
    rows.exit.set(row, exit.exitCode ?? NONE);
    const signal = exit.signalName ?? (exit.signal === undefined ? undefined : t("signal {0}", exit.signal));
    rows.signal.set(row, signal === undefined ? NONE : this.texts.take(signal, asIs));
    rows.exitLine.set(row, line);
  }

  /** The end belongs to another exec of the same process. */
  moveEnd(from: number, to: number): void {
    const rows = this.#rows;
    if (!rows.has(from, FLAG.ended)) return;
    rows.mark(to, rows.flags.get(from) & ENDED);
    rows.unmark(from, ENDED);
    for (const column of [rows.end, rows.duration, rows.exit, rows.signal, rows.exitLine]) {
      column.set(to, column.get(from));
    }
    rows.signal.set(from, NONE);
    rows.exitLine.set(from, NONE);
  }

  /** Lets go of the texts and the line that a row has but for its end. */
  release(row: number): void {
    const rows = this.#rows;
    this.facts.release(rows.facts.get(row));
    this.texts.release(rows.command.get(row));
    this.programs.release(rows.program.get(row));
    if (rows.cwd.get(row) !== NONE) this.texts.release(rows.cwd.get(row));
    rows.cwd.set(row, NONE);
    if (rows.line.get(row) !== NONE) this.#lines.release(rows.line.get(row));
    rows.line.set(row, NONE);
  }

  /** Lets go of what a row's end has. */
  releaseEnd(row: number): void {
    const rows = this.#rows;
    if (rows.exitLine.get(row) !== NONE) this.#lines.release(rows.exitLine.get(row));
    if (rows.signal.get(row) !== NONE) this.texts.release(rows.signal.get(row));
  }
}

function asIs(text: string): string {
  return text;
}
