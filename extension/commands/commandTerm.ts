/** What a value of a term may be, the first that fits; the filter box reads terms alike. */
const VALUES = [
  /"(?:[^"\\]|\\.)*"/,
  // Regular expressions: with slashes inside, or with blanks.
  /\/(?:[^/\\\s]|\\.|\/(?!i?(?:[\s,]|$)))+\/i?(?=[\s,]|$)/,
  /\/(?:[^/\\]|\\.)+\/i?(?=[\s,]|$)/,
  /[^\s,]*/,
];
const VALUE = VALUES.map(({ source }) => source).join("|");

/** A term of the filter's expression that begins where a word may begin, its values in quotes or not. */
const COMMAND_TERM = new RegExp(`(^|\\s)-?cmd:!?(?:${VALUE})(?:,(?:${VALUE}))*`, "gi");

/** Text that needs no quotes in an expression. */
const PLAIN = /^[\w.@+:%=-]+$/;

/**
 * The expression with what it asks of commands replaced by `command`; an empty one takes it away. A regular expression
 * between slashes stays one.
 */
export function withCommandTerm(expression: string, command: string): string {
  const rest = expression.replace(COMMAND_TERM, " ").trim().replaceAll(/ {2,}/g, " ");
  const wanted = command.trim();
  if (wanted === "") return rest;
  const isRegex = /^\/(?:[^/\\]|\\.)+\/i?$/.test(wanted);
  const value = isRegex || PLAIN.test(wanted) ? wanted : `"${wanted.replace(/["\\]/g, "\\$&")}"`;
  return rest === "" ? `cmd:${value}` : `${rest} cmd:${value}`;
}

/** What the expression asks of commands now, as it would be typed; empty when nothing. */
export function commandOf(expression: string): string {
  const [term] = expression.match(COMMAND_TERM) ?? [];
  const value = term?.trim().replace(/^-?cmd:/i, "") ?? "";
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}
