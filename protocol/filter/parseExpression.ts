import { FilterError } from "./filterError.ts";
import { NUMBER_FIELDS, SEARCHED_FIELDS, STATES, TEXT_FIELDS } from "./filterTerm.ts";
import type { Comparison, FilterTerm, NumberField, NumberTest, State, TextPattern } from "./filterTerm.ts";
import { parseMoment, parseSpan } from "./parseMoment.ts";
import { signalNumber } from "./signalNumbers.ts";
import { splitFilter } from "./splitFilter.ts";
import type { FilterPart, FilterValue } from "./splitFilter.ts";
import { checkRegex } from "./checkRegex.ts";
import { t } from "../text/translate.ts";

/** The conditions of an expression, all of which must hold; none: everything matches. */
export interface Expression {
  readonly terms: readonly FilterTerm[];
}

/** What is wrong with an expression and what to write instead; `at` and `length` in UTF-16 units. */
export interface ExpressionError {
  readonly error: { readonly message: string; readonly at: number; readonly length: number };
}

const COMPARED = /^(<=|>=|<|>|=)?(.*)$/s;
const WHOLE_NUMBER = /^\d{1,10}$/;

/** Reads what was typed into the filter box; the grammar is in docs/editor.md. Throws nothing. */
export function parseExpression(text: string): Expression | ExpressionError {
  try {
    return { terms: splitFilter(text).map(toTerm) };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { error: { message: error.message, at: error.at, length: error.length } };
  }
}

function toTerm(part: FilterPart): FilterTerm {
  const { not, notValue, field, values } = part;
  if (field === undefined) return { type: "word", not, pattern: toPattern(part.values[0], true) };
  const textField = TEXT_FIELDS.find((name) => name === field.name);
  if (textField !== undefined) {
    const patterns = values.map((value) => toPattern(value, SEARCHED_FIELDS.has(textField)));
    return { type: "text", field: textField, not, notValue, patterns };
  }
  const numberField = NUMBER_FIELDS.find((name) => name === field.name);
  if (numberField !== undefined) {
    const tests = values.map((value) => toNumberTest(value, numberField));
    return { type: "number", field: numberField, not, notValue, values: tests };
  }
  switch (field.name) {
    case "is":
      return { type: "state", not, notValue, states: values.map(toState) };
    case "since":
    case "until":
      if (values.length > 1 || notValue) {
        throw new FilterError(t("“{0}:” takes one time: write {0}:10m", field.name), part.at, part.length);
      }
      return { type: field.name, not, moment: parseMoment(values[0]) };
    default:
      throw new FilterError(
        t(
          "there is no field “{0}:”: put the word in quotes, or write one of {1}",
          ...[field.name, fieldNames()],
        ),
        field.at,
        field.name.length + 1,
      );
  }
}

function fieldNames(): string {
  return [...TEXT_FIELDS, ...NUMBER_FIELDS, "is", "since", "until"].map((name) => `${name}:`).join(" ");
}

function toPattern({ kind, text, ignoreCase, at, length }: FilterValue, searched: boolean): TextPattern {
  if (kind !== "regex") return { type: searched ? "contains" : "whole", text };
  const why = checkRegex(text);
  if (why !== undefined) {
    const message = t(
      "not a regular expression that can be used ({0}): put the text in quotes to search for it as it is",
      why,
    );
    throw new FilterError(message, at, length);
  }
  return { type: "regex", source: text, ignoreCase };
}

function toNumberTest({ kind, text, at, length }: FilterValue, field: NumberField): NumberTest {
  const [, sign, written = ""] = COMPARED.exec(text) ?? [];
  const comparison = toComparison(sign);
  if (field === "duration") {
    const value = kind === "regex" ? undefined : parseSpan(written);
    if (value === undefined || comparison === "=") {
      throw new FilterError(t("a duration is compared: write {0}", "duration:>1s, <200ms, >=5m"), at, length);
    }
    return { comparison, value };
  }
  if (kind !== "regex" && WHOLE_NUMBER.test(written)) return { comparison, value: Number(written) };
  const signal = field === "exit" && kind !== "regex" ? signalNumber(written) : undefined;
  if (signal !== undefined) return { comparison, value: 128 + signal };
  const examples =
    field === "exit" ? "exit:0, exit:!0, exit:>1, exit:SIGKILL" : `${field}:0, ${field}:!0, ${field}:>1`;
  throw new FilterError(t("“{0}:” takes a number: write {1}", field, examples), at, length);
}

function toComparison(sign: string | undefined): Comparison {
  return sign === "<" || sign === "<=" || sign === ">" || sign === ">=" ? sign : "=";
}

function toState({ text, at, length }: FilterValue): State {
  const state = STATES.find((each) => each === text.toLowerCase());
  if (state === undefined) throw new FilterError(t("“is:” knows {0}", STATES.join(", ")), at, length);
  return state;
}
