/** Labels hold nothing but strings, in which quotes are escaped: this is found nowhere before the command line. */
const MARK = Buffer.from('},"cmdline":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The command line of an exec's log line that lies in `bytes` from `start` to `end`, without parsing the rest of it;
 * undefined where there is none.
 */
export function commandOfLine(bytes: Buffer, start: number, end: number): string | undefined {
  const found = bytes.indexOf(MARK, start);
  if (found < 0 || found >= end) return undefined;
  const first = found + MARK.length;
  let escaped = false;
  let at = first;
  for (; at < end && bytes[at] !== QUOTE; at++) {
    if (bytes[at] !== BACKSLASH) continue;
    escaped = true;
    at++;
  }
  if (!escaped) return bytes.toString("utf8", first, at);
  return JSON.parse(bytes.toString("utf8", first - 1, at + 1)) as string;
}
