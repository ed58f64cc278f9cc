import { asObject, asText } from "./json.ts";

/** What the API server answered instead of what was asked for, in one line. `status` 0: there was no answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** Of HTTP. */
  readonly status: number;
  /** The API's own word for it, such as `NotFound`. */
  readonly reason: string | undefined;

  constructor(message: string, status: number, reason?: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.reason = reason;
  }
}

/** The error that an answer means, from the `Status` object that the API server sends. */
export function refusal(status: number, body: string): ApiError {
  let told: string | undefined;
  let reason: string | undefined;
  try {
    const value = asObject(JSON.parse(body));
    told = asText(value["message"]);
    reason = asText(value["reason"]);
  } catch {
    told = asText(body.trim().slice(0, 300));
  }
  const why = (told ?? `status ${String(status)}`).replaceAll(/\s+/g, " ");
  if (status === 401) {
    return new ApiError(
      `the API server does not accept your credentials: log in again (${why})`,
      status,
      reason,
    );
  }
  return new ApiError(`the API server says: ${why}`, status, reason);
}

/** Any error as an `ApiError`: one that is none says that there was no answer. */
export function toApiError(error: unknown, server: string): ApiError {
  if (error instanceof ApiError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ApiError(`no answer from the API server ${server}: ${why.trim()}`, 0, undefined, error);
}
