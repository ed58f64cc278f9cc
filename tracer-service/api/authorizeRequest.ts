import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { REFUSALS, type ApiRefusal } from "./apiRefusal.ts";

const TOKEN_PARAMETERS: readonly string[] = ["token", "access_token", "authorization", "bearer"];

/** Why a request is refused, or undefined. `token` is what TCP readers must know; undefined on the Unix socket. */
export function authorizeRequest(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  token: string | undefined,
): ApiRefusal | undefined {
  if (headers.origin !== undefined) return REFUSALS.origin;
  for (const key of query.keys()) {
    if (TOKEN_PARAMETERS.includes(key.toLowerCase())) return REFUSALS.tokenInUrl;
  }
  if (token === undefined) return undefined;
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return given !== undefined && isSame(given, token) ? undefined : REFUSALS.unauthorized;
}

/** Digests have one length, so the comparison tells nothing of the token's. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
