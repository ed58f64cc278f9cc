/** A parser of what somebody else may have written. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it takes, to begin with. */
  readonly seeds: readonly (string | Buffer)[];
  /** Words of its language. */
  readonly words?: readonly string[];
  /** Parses. What it throws has to be an Error with one line for a user; `check` looks at the rest. */
  readonly parse: (input: Buffer) => unknown;
}

/** Errors of the language: a parser that throws one has met what nobody thought of. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError, URIError];

/** Longest message that is one line for a user. */
const MAX_MESSAGE = 2_000;

/** What is wrong with how the target took an input; undefined when all is well. */
export function findFault(target: FuzzTarget, input: Buffer): string | undefined {
  try {
    target.parse(input);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return `it threw what is no Error: ${String(error)}`;
    if (FAULTS.some((fault) => error instanceof fault)) return error.stack ?? error.message;
    if (/[\n\r]/.test(error.message)) return `its message has several lines: ${error.message}`;
    if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(error.message)) {
      return `its message has controls in it: ${JSON.stringify(error.message)}`;
    }
    return error.message.length > MAX_MESSAGE
      ? `its message is ${String(error.message.length)} long`
      : undefined;
  }
}
