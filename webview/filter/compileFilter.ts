import type { Comparison, FilterTerm, Moment, NumberField, State } from "../../protocol/filter/filterTerm.ts";
import type { Expression } from "../../protocol/filter/parseExpression.ts";
import { resolveMoment } from "../../protocol/filter/parseMoment.ts";
import type { RowFacts } from "./rowFacts.ts";
import { signalNumber } from "../../protocol/filter/signalNumbers.ts";
import { compileText, compileWord } from "./compileText.ts";
import type { RowTest } from "./compileText.ts";

/** A compiled filter. It keeps results by the ids of texts: compile anew when ids come to stand for other texts. */
export interface FilterPredicate {
  readonly matches: (row: RowFacts) => boolean;
  /**
   * Whether what was lost there and then may have matched: only its place and its time are known, an empty name is
   * anybody's, and whatever else is asked for may have been among it.
   */
  readonly mayMatchLoss: (row: RowFacts) => boolean;
  /** What matches changes as time passes. */
  readonly dependsOnTime: boolean;
  /** What matches changes when an exec ends. */
  readonly dependsOnExit: boolean;
  /** Moves the times that are relative to now; milliseconds since 1970. */
  readonly setNow: (nowMs: number) => void;
}

/** The predicate that all terms of the expression hold, at the time `nowMs`. */
export function compileFilter({ terms }: Expression, nowMs: number): FilterPredicate {
  const clock = new Clock(nowMs);
  // What is cheap to ask comes first.
  const tests = terms
    .toSorted((one, other) => cost(one) - cost(other))
    .map((term) => compileTerm(term, clock));
  return {
    matches: allOf(tests),
    mayMatchLoss: allOf(terms.flatMap((term) => compileForLoss(term, clock))),
    dependsOnTime: terms.some((term) => "moment" in term && !("at" in term.moment)),
    dependsOnExit: terms.some(changesAtEnd),
    setNow: (nowMs) => {
      clock.setNow(nowMs);
    },
  };
}

/** Keeps the bounds of time where they belong, so that no row has to. */
class Clock {
  #nowMs: number;
  readonly #moves: (() => void)[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  follow(moment: Moment, side: "since" | "until"): { readonly atMs: number } {
    const bound = { atMs: resolveMoment(moment, side, this.#nowMs) };
    this.#moves.push(() => {
      bound.atMs = resolveMoment(moment, side, this.#nowMs);
    });
    return bound;
  }

  setNow(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const move of this.#moves) move();
  }
}

function cost(term: FilterTerm): number {
  if (term.type === "word") return 2;
  return term.type === "text" ? 1 : 0;
}

function allOf(tests: readonly RowTest[]): RowTest {
  const [first, second, third] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (row) => first(row) && second(row);
  return (row) => {
    for (const test of tests) if (!test(row)) return false;
    return true;
  };
}

function compileForLoss(term: FilterTerm, clock: Clock): readonly RowTest[] {
  if (term.type === "since" || term.type === "until") return [compileTerm(term, clock)];
  if (term.type !== "text") return [];
  const test = compileTerm(term, clock);
  const { field } = term;
  if (field === "user") return [(row) => row.username === "" || test(row)];
  if (field === "workspace") return [(row) => row.workspace === "" || test(row)];
  if (field === "node") return [(row) => row.node === undefined || test(row)];
  return [];
}

function changesAtEnd(term: FilterTerm): boolean {
  switch (term.type) {
    case "number":
      return term.field === "exit" || term.field === "duration";
    case "state":
      return term.states.some((state) => state === "running" || state === "ended" || state === "failed");
    case "word":
    case "text":
    case "since":
    case "until":
      return false;
  }
}

function compileTerm(term: FilterTerm, clock: Clock): RowTest {
  const { not } = term;
  switch (term.type) {
    case "word":
      return compileWord(term.pattern, not);
    case "text":
      return compileText(term);
    case "number": {
      const { field, notValue, values } = term;
      return (row) => {
        const number = numberOf(row, field);
        if (number === undefined) return not;
        return (
          (values.some(({ comparison, value }) => compare(number, comparison, value)) !== notValue) !== not
        );
      };
    }
    case "state": {
      const { states, notValue } = term;
      return (row) => (states.some((state) => isIn(row, state)) !== notValue) !== not;
    }
    case "since": {
      const bound = clock.follow(term.moment, "since");
      return (row) => row.startMs >= bound.atMs !== not;
    }
    case "until": {
      const bound = clock.follow(term.moment, "until");
      return (row) => row.startMs <= bound.atMs !== not;
    }
  }
}

function numberOf(row: RowFacts, field: NumberField): number | undefined {
  switch (field) {
    case "pid":
      return row.pid;
    case "uid":
      return row.uid;
    case "euid":
      return row.euid;
    case "duration":
      return row.durationMs;
    case "exit": {
      if (row.exitCode !== undefined || row.signalName === undefined) return row.exitCode;
      // A signal without a name of ours, such as a real-time one, is still an end by a signal.
      return 128 + (signalNumber(row.signalName) ?? NaN);
    }
  }
}

function isIn(row: RowFacts, state: State): boolean {
  switch (state) {
    case "running":
      return row.running;
    case "ended":
      return !row.running && row.durationMs !== undefined;
    case "failed":
      return row.failed;
    case "nested":
      return row.nested;
    case "root":
      return (row.euid ?? row.uid) === 0;
    case "gained":
      return row.gained;
    case "script":
      return row.script;
    case "memfd":
    case "deleted":
      return row.image === state;
    case "truncated":
      return row.truncated;
  }
}

function compare(number: number, comparison: Comparison, value: number): boolean {
  switch (comparison) {
    case "=":
      return number === value;
    case "<":
      return number < value;
    case "<=":
      return number <= value;
    case ">":
      return number > value;
    case ">=":
      return number >= value;
  }
}
