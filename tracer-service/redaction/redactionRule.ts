import { RE2JS } from "re2js";

import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { requiredLiteral } from "../../protocol/requiredLiteral.ts";

/** What is to be replaced in arguments, by `<redacted:NAME>`. */
export interface RedactionRule {
  readonly name: string;
  /**
   * `pattern`: what it matches, or the first of its groups that took part; `whole`: the same, in arguments that are no
   * shell's script; `after`: the argument after one that matches.
   */
  readonly kind: "pattern" | "whole" | "after";
  readonly regex: RE2JS;
  /** Whether an argument can match at all: cheap, and asked first. */
  readonly mayMatch: (argument: string) => boolean;
}

const MAX_PATTERN = 1_000;
const MAX_PROGRAM = 5_000;

/**
 * Compiles a rule. `hint`: texts of which every match contains one, in any case; without it they are found where that is easy.
 * Throws one line for an expression that can't be used.
 */
export function compileRule(
  name: string,
  kind: RedactionRule["kind"],
  source: string,
  hint?: RegExp,
): RedactionRule {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    throw new Error("expected a name of small letters, digits and dashes");
  }
  if (source === "" || source.length > MAX_PATTERN) {
    throw new Error(`expected an expression of 1 to ${String(MAX_PATTERN)} characters`);
  }
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source);
  } catch (cause) {
    const why = showHidden(cause instanceof Error ? cause.message : String(cause));
    throw new Error(`expected a regular expression as RE2 has them: ${why}`, { cause });
  }
  if (regex.programSize() > MAX_PROGRAM) throw new Error("expected an expression that repeats less");
  if (kind !== "after" && regex.test("")) {
    throw new Error("expected an expression that does not match the empty text");
  }
  const literal = requiredLiteral(source);
  if (hint !== undefined) return { name, kind, regex, mayMatch: (argument) => hint.test(argument) };
  if (literal === undefined) return { name, kind, regex, mayMatch: () => true };
  return { name, kind, regex, mayMatch: (argument) => argument.includes(literal) };
}
