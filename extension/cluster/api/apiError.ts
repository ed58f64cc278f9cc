import { asObject, asText } from "./json.ts";
import { type Say, ShownError, whyText } from "../../../protocol/text/shownError.ts";

/** What the API server answered instead of what was asked for, in one line. `status` 0: there was no answer. */
export class ApiError extends ShownError {
  override readonly name = "ApiError";
  /** Of HTTP. */
  readonly status: number;
  /** The API's own word for it, such as `NotFound`. */
  readonly reason: string | undefined;

  constructor(say: Say, status: number, reason?: string, cause?: unknown) {
    super(say, cause);
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
  const why = (told ?? `HTTP ${String(status)}`).replaceAll(/\s+/g, " ");
  if (status === 401) {
    return new ApiError(
      (t) => t("the API server does not accept your credentials: log in again ({0})", why),
      status,
      reason,
    );
  }
  return new ApiError((t) => t("the API server says: {0}", why), status, reason);
}

/** Any error as an `ApiError`: one that is none says that there was no answer. */
export function toApiError(error: unknown, server: string): ApiError {
  if (error instanceof ApiError) return error;
  const say: Say = (t) => t("no answer from the API server {0}: {1}", server, whyText(error, t).trim());
  return new ApiError(say, 0, undefined, error);
}
