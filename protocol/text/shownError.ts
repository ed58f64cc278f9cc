import { english, t, type Translate } from "./translate.ts";

/** Says something in the language of `t`. */
export type Say = (t: Translate) => string;

/** An error that people see: its message is English, as the log has it, and `say` puts it into the reader's language. */
export class ShownError extends Error {
  readonly say: Say;

  constructor(say: Say, cause?: unknown) {
    super(say(english), { cause });
    this.say = say;
  }
}

/** Why something failed; what the system, the service or an API server says stays as it is. */
export function whyText(error: unknown, translate: Translate = t): string {
  if (isShown(error)) return error.say(translate);
  return error instanceof Error ? error.message : String(error);
}

/** By its shape: the Kubernetes library is in a bundle of its own, and so is the class of its errors. */
function isShown(error: unknown): error is ShownError {
  return error instanceof Error && typeof (error as Partial<ShownError>).say === "function";
}
