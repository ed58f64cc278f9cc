import type { IncomingHttpHeaders } from "node:http";

import { REFUSALS, type ApiRefusal } from "./apiRefusal.ts";

const TOKEN_PARAMETERS: readonly string[] = ["token", "access_token", "authorization", "bearer"];

/** Why a request is refused before anybody asks whose it is; undefined where nothing is wrong with it. */
export function refuseForeign(headers: IncomingHttpHeaders, query: URLSearchParams): ApiRefusal | undefined {
  if (headers.origin !== undefined) return REFUSALS.origin;
  for (const key of query.keys()) {
    if (TOKEN_PARAMETERS.includes(key.toLowerCase())) return REFUSALS.tokenInUrl;
  }
  return undefined;
}
