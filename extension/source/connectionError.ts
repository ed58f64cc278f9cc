/** Why there is no connection, in one line. `final`: trying again without a change by the user is of no use. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly final: boolean;

  constructor(message: string, final: boolean, cause?: unknown) {
    super(message, { cause });
    this.final = final;
  }
}

/** Any error as a `ConnectionError`; one of another kind is worth another try. */
export function toConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  return new ConnectionError(error instanceof Error ? error.message : String(error), false, error);
}
