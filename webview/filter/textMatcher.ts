import { RE2JS } from "re2js";
import type { TextPattern } from "../../protocol/filter/filterTerm.ts";
import { requiredLiteral } from "../../protocol/requiredLiteral.ts";

/** Says whether a text matches, in time linear in its length. */
export type TextMatcher = (text: string) => boolean;

/** The matcher of one pattern. Throws for a regular expression that `checkRegex` refuses to compile. */
export function textMatcher(pattern: TextPattern): TextMatcher {
  switch (pattern.type) {
    case "contains":
      return containsText(pattern.text);
    case "whole":
      return isText(pattern.text);
    case "regex":
      return matchesRegex(pattern.source, pattern.ignoreCase);
  }
}

/** Whether one of the patterns matches. */
export function anyMatcher(patterns: readonly TextPattern[]): TextMatcher {
  const matchers = patterns.map(textMatcher);
  const [only, second] = matchers;
  if (only !== undefined && second === undefined) return only;
  return (text) => matchers.some((matches) => matches(text));
}

/** The engine's own search of a literal is linear, and makes no lower-case copy of each text. */
function containsText(wanted: string): TextMatcher {
  const literal = new RegExp(escapeRegex(wanted), "iu");
  return (text) => literal.test(text);
}

function isText(wanted: string): TextMatcher {
  if (wanted.includes("*")) {
    const source = wanted.split("*").map(escapeRegex).join("(?s:.*)");
    return matchesRegex(`^(?:${source})$`, true);
  }
  const literal = new RegExp(`^${escapeRegex(wanted)}$`, "iu");
  return (text) => literal.test(text);
}

function matchesRegex(source: string, ignoreCase: boolean): TextMatcher {
  const regex = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  const literal = requiredLiteral(source);
  if (literal === undefined) return (text) => regex.test(text);
  if (!ignoreCase) return (text) => text.includes(literal) && regex.test(text);
  const hasLiteral = containsText(literal);
  return (text) => hasLiteral(text) && regex.test(text);
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
