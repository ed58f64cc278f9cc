/** Names the person, percent-encoded; the service believes nobody for it. */
const NAME = "Process-Logging-Claimed-User";
const MAX_CLAIMED_USER = 768;

/** The header that tells a tracer's access log who the reader says to be; none where that is not known. */
export function claimedUserHeader(user: string | undefined): Readonly<Record<string, string>> {
  return user === undefined ? {} : { [NAME]: encodeURIComponent(user).slice(0, MAX_CLAIMED_USER) };
}
