import { RE2JS } from "re2js";

import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { requiredLiteral } from "../../protocol/requiredLiteral.ts";

/** What is sought in command lines: a text, in any case, or a regular expression of a linear-time engine. */
export type CommandPattern =
  { readonly type: "text"; readonly text: string } | { readonly type: "regex"; readonly source: string };

/** A pattern, ready to be used. */
export interface CommandMatcher {
  /** False when no line of these bytes can match: cheap, and asked first. */
  mayMatch(lines: Buffer): boolean;
  /** Does a command line, as the log has it in `cmdline`, match? In time linear in its length. */
  matches(cmdline: string): boolean;
}

/** Longest pattern, in UTF-16 units; and steps of the largest program that may come of an expression. */
const MAX_PATTERN = 1_000;
const MAX_PROGRAM = 5_000;
/** Stands in a JSON string as it is. */
const PLAIN = /^[ !#-[\]-~]+$/;

/** Compiles it. Throws one line that says what is wrong with it. */
export function compileCommandPattern(pattern: CommandPattern): CommandMatcher {
  const source = pattern.type === "text" ? pattern.text : pattern.source;
  if (source === "") throw new Error("the pattern is empty: leave it out to find every command line");
  if (source.length > MAX_PATTERN) {
    throw new Error(`the pattern has more than ${String(MAX_PATTERN)} characters`);
  }
  if (pattern.type === "text") {
    const literal = new RegExp(escapeRegex(source), "iu");
    return { mayMatch: mayContain(source, true), matches: (cmdline) => literal.test(cmdline) };
  }
  const regex = compileRegex(source);
  const literal = requiredLiteral(source);
  return {
    mayMatch: literal === undefined ? () => true : mayContain(literal, false),
    matches: (cmdline) => (literal === undefined || cmdline.includes(literal)) && regex.test(cmdline),
  };
}

function compileRegex(source: string): RE2JS {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source);
  } catch (cause) {
    const why = showHidden(cause instanceof Error ? cause.message : String(cause));
    throw new Error(`the regular expression is not understood: ${why}`, { cause });
  }
  if (regex.programSize() > MAX_PROGRAM) throw new Error("the regular expression repeats too much");
  return regex;
}

function mayContain(text: string, ignoreCase: boolean): (lines: Buffer) => boolean {
  // What JSON escapes looks different there, and letters beyond ASCII have other cases that these bytes don't tell.
  if (!PLAIN.test(text)) return () => true;
  if (!ignoreCase) return (lines) => lines.includes(text);
  // These two have a case beyond ASCII: the Kelvin sign and the long s.
  if (/[ks]/i.test(text)) return mayContain(longestWithout(text), true);
  const literal = new RegExp(escapeRegex(text), "i");
  return (lines) => literal.test(lines.toString("latin1"));
}

function longestWithout(text: string): string {
  return text.split(/[ks]/i).reduce((a, b) => (b.length > a.length ? b : a), "");
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
