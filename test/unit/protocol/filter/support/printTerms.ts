import fc from "fast-check";
import {
  NUMBER_FIELDS,
  SEARCHED_FIELDS,
  STATES,
  TEXT_FIELDS,
} from "../../../../../protocol/filter/filterTerm.ts";
import type { FilterTerm, Moment, TextPattern } from "../../../../../protocol/filter/filterTerm.ts";

const regexes = fc.record({
  type: fc.constant("regex" as const),
  source: fc.constantFrom("a b", "^curl .*-k$", "[a-z]+\\d", "x|y", "a\\/b", "caf\u00e9"),
  ignoreCase: fc.boolean(),
});

function patterns(type: "contains" | "whole"): fc.Arbitrary<TextPattern> {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("a b", '"', "\\", "a,b", "/x/"),
  );
  return fc.oneof(fc.record({ type: fc.constant(type), text }), regexes);
}

const moments: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ ago: fc.nat(86_400_000) }),
  fc.record({ ofDay: fc.nat(86_399).map((seconds) => seconds * 1_000) }),
  fc.record({ at: fc.nat(2 ** 41) }),
);

const not = fc.boolean();
const notValue = fc.boolean();
const term: fc.Arbitrary<FilterTerm> = fc.oneof(
  fc.record({ type: fc.constant("word" as const), not, pattern: patterns("contains") }),
  fc.constantFrom(...TEXT_FIELDS).chain((field) =>
    fc.record({
      type: fc.constant("text" as const),
      field: fc.constant(field),
      not,
      notValue,
      patterns: some(patterns(SEARCHED_FIELDS.has(field) ? "contains" : "whole")),
    }),
  ),
  fc.constantFrom(...NUMBER_FIELDS).chain((field) =>
    fc.record({
      type: fc.constant("number" as const),
      field: fc.constant(field),
      not,
      notValue,
      values: some(
        fc.record({
          comparison: fc.constantFrom(
            ...([">", ">=", "<", "<=", ...(field === "duration" ? [] : ["="])] as const),
          ),
          value: fc.nat(4_294_967_295),
        }),
      ),
    }),
  ),
  fc.record({ type: fc.constant("state" as const), not, notValue, states: some(fc.constantFrom(...STATES)) }),
  fc.record({ type: fc.constantFrom("since", "until"), not, moment: moments }),
) as fc.Arbitrary<FilterTerm>;

/** Conditions of every kind. */
export const anyTerms = fc.array(term, { maxLength: 6 });

/** The terms as they could be typed. */
export function printTerms(terms: readonly FilterTerm[]): string {
  return terms.map((each) => `${each.not ? "-" : ""}${printTerm(each)}`).join(" ");
}

function printTerm(each: FilterTerm): string {
  switch (each.type) {
    case "word":
      return printPattern(each.pattern);
    case "text":
      return `${each.field}:${each.notValue ? "!" : ""}${each.patterns.map(printPattern).join(",")}`;
    case "number": {
      const unit = each.field === "duration" ? "ms" : "";
      const values = each.values.map(
        ({ comparison, value }) => `${comparison === "=" ? "" : comparison}${String(value)}${unit}`,
      );
      return `${each.field}:${each.notValue ? "!" : ""}${values.join(",")}`;
    }
    case "state":
      return `is:${each.notValue ? "!" : ""}${each.states.join(",")}`;
    case "since":
    case "until":
      return `${each.type}:${printMoment(each.moment)}`;
  }
}

function printPattern(pattern: TextPattern): string {
  if (pattern.type === "regex") return `/${pattern.source}/${pattern.ignoreCase ? "i" : ""}`;
  return `"${pattern.text.replace(/["\\]/g, "\\$&")}"`;
}

function printMoment(moment: Moment): string {
  if ("ago" in moment) return `${String(moment.ago)}ms`;
  if ("at" in moment) return new Date(moment.at).toISOString();
  const seconds = moment.ofDay / 1_000;
  const parts = [seconds / 3_600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

function some<T>(each: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(each, { minLength: 1, maxLength: 3 });
}
