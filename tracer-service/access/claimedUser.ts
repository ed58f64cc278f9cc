import type { IncomingHttpHeaders } from "node:http";

/** The header in which a client may name the person behind it, percent-encoded. */
const CLAIMED_USER_HEADER = "process-logging-claimed-user";

const MAX_CLAIMED_USER = 256;

/** The name of the person that a client claims to act for: nobody has checked it. Undefined where it names nobody. */
export function claimedUserOf(headers: IncomingHttpHeaders): string | undefined {
  const value = headers[CLAIMED_USER_HEADER];
  if (typeof value !== "string" || value === "") return undefined;
  return decoded(value).slice(0, MAX_CLAIMED_USER);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
