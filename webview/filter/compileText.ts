import type { FilterTerm, TextField, TextPattern } from "../../protocol/filter/filterTerm.ts";
import { ResultsById } from "./resultsById.ts";
import type { RowFacts } from "./rowFacts.ts";
import { anyMatcher, textMatcher } from "./textMatcher.ts";

/** Says whether a row matches. */
export type RowTest = (row: RowFacts) => boolean;

type TextTerm = Extract<FilterTerm, { readonly type: "text" }>;

/** The test of a word: the command line matches the pattern. */
export function compileWord(pattern: TextPattern, not: boolean): RowTest {
  const matches = textMatcher(pattern);
  const results = new ResultsById();
  return (row) => {
    const { commandId } = row;
    return (results.get(commandId) ?? results.set(commandId, matches(row.command))) !== not;
  };
}

/** The test of a field of text. */
export function compileText(term: TextTerm): RowTest {
  const { field, not, notValue, patterns } = term;
  const known = field === "cmd" ? compileCommand(patterns) : compileField(field, patterns);
  return (row) => {
    const result = known(row);
    return (result !== undefined && result !== notValue) !== not;
  };
}

/**
 * A name of a program is sought in that of the file that runs and in the command line's first word; what holds a
 * blank, and a regular expression, in the whole command line.
 */
function compileCommand(patterns: readonly TextPattern[]): RowTest {
  const matchesLine = anyMatcher(patterns.filter(isForLine));
  const matchesName = anyMatcher(patterns.filter((pattern) => !isForLine(pattern)));
  const lines = new ResultsById();
  const programs = new ResultsById();
  return ({ command, commandId, program, programId }) =>
    (programs.get(programId) ?? programs.set(programId, matchesName(program))) ||
    (lines.get(commandId) ?? lines.set(commandId, matchesLine(command) || matchesName(firstWord(command))));
}

function isForLine(pattern: TextPattern): boolean {
  return pattern.type === "regex" || /\s/.test(pattern.text);
}

/** The first word of a command line that is quoted for a shell, with its quotes. */
function firstWord(command: string): string {
  const open = command.startsWith("$'") ? 1 : 0;
  if (command.charAt(open) === "'") {
    const close = command.indexOf("'", open + 1);
    return close < 0 ? command : command.slice(0, close + 1);
  }
  const blank = command.indexOf(" ");
  return blank < 0 ? command : command.slice(0, blank);
}

function compileField(
  field: Exclude<TextField, "cmd">,
  patterns: readonly TextPattern[],
): (row: RowFacts) => boolean | undefined {
  const matches = anyMatcher(patterns);
  if (field === "image") return ({ image }) => (image === undefined ? undefined : matches(image));
  const results = new ResultsById();
  if (field === "cwd") {
    return ({ cwd, cwdId }) =>
      cwd === undefined ? undefined : (results.get(cwdId) ?? results.set(cwdId, matches(cwd)));
  }
  return (row) => {
    const text = sharedText(row, field);
    if (text === undefined) return undefined;
    const { sharedId } = row;
    return results.get(sharedId) ?? results.set(sharedId, matches(text));
  };
}

function sharedText(row: RowFacts, field: Exclude<TextField, "cmd" | "cwd" | "image">): string | undefined {
  switch (field) {
    case "user":
      return row.username;
    case "workspace":
      return row.workspace;
    case "comm":
      return row.comm;
    case "node":
      return row.node;
    case "tty":
      return row.tty;
    case "container":
      return row.container;
    case "source":
      return row.source;
  }
}
