/** A request to the API server that brought no answer, or one that refuses. Its message is one line. */
export class KubeError extends Error {
  /** HTTP status of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** How long the API server asks to wait, ms. */
  readonly retryAfterMs: number | undefined;
  /** The answer would have been longer than any that is read: a part of it may be shorter. */
  readonly tooLong: boolean;

  constructor(
    message: string,
    {
      status,
      retryAfterMs,
      tooLong = false,
      cause,
    }: {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly tooLong?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause });
    this.name = "KubeError";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.tooLong = tooLong;
  }
}
