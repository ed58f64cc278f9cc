import { type Say, ShownError, whyText } from "../../protocol/text/shownError.ts";

/** Why there is no connection, in one line. `final`: trying again without a change by the user is of no use. */
export class ConnectionError extends ShownError {
  override readonly name = "ConnectionError";
  readonly final: boolean;

  constructor(say: Say, final: boolean, cause?: unknown) {
    super(say, cause);
    this.final = final;
  }
}

/** Any error as a `ConnectionError`; one of another kind is worth another try. */
export function toConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  return new ConnectionError((t) => whyText(error, t), false, error);
}
