/** Longest expression, in UTF-16 units. */
export const MAX_EXPRESSION_LENGTH = 4_096;

/** Fields of text. Those of `SEARCHED_FIELDS` may hold the value anywhere, the others are compared as a whole. */
export const TEXT_FIELDS = [
  "user",
  "workspace",
  "cmd",
  "comm",
  "cwd",
  "node",
  "tty",
  "container",
  "image",
  "source",
] as const;

export type TextField = (typeof TEXT_FIELDS)[number];

/** Fields of text in which a value is searched. */
export const SEARCHED_FIELDS: ReadonlySet<TextField> = new Set(["cmd", "cwd", "container"]);

/** Fields of numbers; durations are milliseconds, and an exit by signal n is 128 + n, as shells have it. */
export const NUMBER_FIELDS = ["pid", "uid", "euid", "exit", "duration"] as const;

export type NumberField = (typeof NUMBER_FIELDS)[number];

/** What `is:` knows. `root` is an exec with the rights of uid 0. */
export const STATES = [
  "running",
  "ended",
  "failed",
  "nested",
  "root",
  "gained",
  "script",
  "memfd",
  "deleted",
  "truncated",
] as const;

export type State = (typeof STATES)[number];

export type Comparison = "=" | "<" | "<=" | ">" | ">=";

export interface NumberTest {
  readonly comparison: Comparison;
  readonly value: number;
}

/** One way for a text to match. `contains` and `whole` mean any case; `*` in `whole` stands for any characters. */
export type TextPattern =
  | { readonly type: "contains"; readonly text: string }
  | { readonly type: "whole"; readonly text: string }
  | { readonly type: "regex"; readonly source: string; readonly ignoreCase: boolean };

/** A bound of time in milliseconds: since 1970, before now, or after the last midnight of this clock's time zone. */
export type Moment = { readonly at: number } | { readonly ago: number } | { readonly ofDay: number };

/**
 * A condition on an exec; one of its values must match. `not` turns the result around. `notValue` turns the values
 * around, so that what is not known matches neither way.
 */
export type FilterTerm =
  /** In the command line. */
  | { readonly type: "word"; readonly not: boolean; readonly pattern: TextPattern }
  | {
      readonly type: "text";
      readonly field: TextField;
      readonly not: boolean;
      readonly notValue: boolean;
      readonly patterns: readonly TextPattern[];
    }
  | {
      readonly type: "number";
      readonly field: NumberField;
      readonly not: boolean;
      readonly notValue: boolean;
      readonly values: readonly NumberTest[];
    }
  | {
      readonly type: "state";
      readonly not: boolean;
      readonly notValue: boolean;
      readonly states: readonly State[];
    }
  | { readonly type: "since" | "until"; readonly not: boolean; readonly moment: Moment };
