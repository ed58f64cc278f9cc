/** The greatest user id; the kernel keeps 2^32 - 1 for "no user". */
const MAX_UID = 4_294_967_294;

/** Reads a uid as the kernel and systemd write it: decimal, no sign, no leading zeros. Undefined for all else. */
export function parseUid(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) return undefined;
  const uid = Number(text);
  return uid <= MAX_UID ? uid : undefined;
}
