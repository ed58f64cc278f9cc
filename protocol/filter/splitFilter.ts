import { FilterError } from "./filterError.ts";
import { MAX_EXPRESSION_LENGTH } from "./filterTerm.ts";
import { t } from "../text/translate.ts";

/** One value as it was written. */
export interface FilterValue {
  readonly kind: "word" | "quoted" | "regex";
  readonly text: string;
  /** Of a regular expression: an `i` follows it. */
  readonly ignoreCase: boolean;
  readonly at: number;
  readonly length: number;
}

/** One term as it was written; of a term without a field, `field` is undefined and there is one value. */
export interface FilterPart {
  readonly at: number;
  readonly length: number;
  readonly not: boolean;
  readonly field: { readonly name: string; readonly at: number } | undefined;
  /** `!` before the values. */
  readonly notValue: boolean;
  readonly values: readonly [FilterValue, ...FilterValue[]];
}

const FIELD = /([A-Za-z]+):(?!\/\/)/y;
const SPACE = /\s/;

/** The terms of an expression. Throws a `FilterError`. */
export function splitFilter(expression: string): readonly FilterPart[] {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new FilterError(
      t("a filter has at most {0} characters", MAX_EXPRESSION_LENGTH),
      MAX_EXPRESSION_LENGTH,
      1,
    );
  }
  const parts: FilterPart[] = [];
  let at = 0;
  for (;;) {
    while (at < expression.length && SPACE.test(expression.charAt(at))) at++;
    if (at >= expression.length) return parts;
    const part = readPart(expression, at);
    parts.push(part);
    at += part.length;
  }
}

function readPart(expression: string, start: number): FilterPart {
  let at = start;
  const next = expression.charAt(at + 1);
  const not = expression.charAt(at) === "-" && next !== "" && next !== "-" && !SPACE.test(next);
  if (not) at++;
  FIELD.lastIndex = at;
  const name = FIELD.exec(expression)?.[1];
  if (name === undefined) {
    const value = readValue(expression, at, false);
    return { at: start, length: end(value) - start, not, field: undefined, notValue: false, values: [value] };
  }
  const field = { name: name.toLowerCase(), at };
  at += name.length + 1;
  const notValue = expression.charAt(at) === "!";
  if (notValue) at++;
  const readListed = (): FilterValue => {
    const value = readValue(expression, at, true);
    if (value.length === 0) throw valueMissing(name, start, at);
    at = end(value);
    return value;
  };
  const values: [FilterValue, ...FilterValue[]] = [readListed()];
  while (expression.charAt(at) === ",") {
    at++;
    // A list that ends in a comma is being typed.
    if (at >= expression.length || SPACE.test(expression.charAt(at))) break;
    values.push(readListed());
  }
  return { at: start, length: at - start, not, field, notValue, values };
}

function valueMissing(field: string, start: number, at: number): FilterError {
  const message = t("“{0}:” needs a value: write it right after the colon, or put the word in quotes", field);
  return new FilterError(message, start, Math.max(1, at - start));
}

function end(value: FilterValue): number {
  return value.at + value.length;
}

function readValue(expression: string, at: number, inList: boolean): FilterValue {
  const quote = expression.charAt(at);
  if (quote === '"') return readQuoted(expression, at);
  if (quote === "/") {
    const regex = readRegex(expression, at, inList);
    if (regex !== undefined) return regex;
  }
  let last = at;
  while (last < expression.length) {
    const character = expression.charAt(last);
    if (SPACE.test(character) || (inList && character === ",")) break;
    last++;
  }
  return { kind: "word", text: expression.slice(at, last), ignoreCase: false, at, length: last - at };
}

function readQuoted(expression: string, at: number): FilterValue {
  let text = "";
  for (let index = at + 1; index < expression.length; index++) {
    const character = expression.charAt(index);
    if (character === '"') return { kind: "quoted", text, ignoreCase: false, at, length: index + 1 - at };
    const next = expression.charAt(index + 1);
    if (character === "\\" && (next === '"' || next === "\\")) {
      text += next;
      index++;
    } else text += character;
  }
  throw new FilterError(t("the quotes are not closed: write a second {0}", '"'), at, expression.length - at);
}

/**
 * `/…/` or `/…/i`, up to a blank or the end; anything else is a path, such as /usr/bin. Between the slashes may stand
 * blanks, or slashes without a backslash, but not both: `/usr/bin /etc/` begins with a path.
 */
function readRegex(expression: string, at: number, inList: boolean): FilterValue | undefined {
  let blankSeen = false;
  let slashSeen = false;
  for (let index = at + 1; index < expression.length; index++) {
    const character = expression.charAt(index);
    if (character === "\\") index++;
    else if (SPACE.test(character)) blankSeen = true;
    else if (character === "/") {
      const ignoreCase = expression.charAt(index + 1) === "i";
      const last = index + (ignoreCase ? 2 : 1);
      const after = expression.charAt(last);
      if (after === "" || SPACE.test(after) || (inList && after === ",")) {
        const text = expression.slice(at + 1, index);
        return text === "" ? undefined : { kind: "regex", text, ignoreCase, at, length: last - at };
      }
      slashSeen = true;
    }
    if (blankSeen && slashSeen) return undefined;
  }
  return undefined;
}
