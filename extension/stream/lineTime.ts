import { parseTimestamp } from "../../protocol/parseTimestamp.ts";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** How each line of the log begins; a line that begins otherwise has no time here. */
const BEGINNING = new TextEncoder().encode('{"ts":"');
const LONGEST_TIME = 38;

const utf8 = new TextDecoder();

/** Time of the log line that begins there, ms since 1970 UTC with their fraction; undefined when it does not begin with one. */
export function lineTime(lines: Uint8Array, at: number): number | undefined {
  for (let index = 0; index < BEGINNING.length; index++) {
    if (lines[at + index] !== BEGINNING[index]) return undefined;
  }
  const from = at + BEGINNING.length;
  const text = lines.subarray(from, from + LONGEST_TIME + 1);
  const end = text.indexOf(QUOTE);
  if (end < 0) return undefined;
  const timeMs = parseTimestamp(utf8.decode(text.subarray(0, end)));
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Where the last line begins. Lines end with a newline. */
export function lastLine(lines: Uint8Array): number {
  return lines.length < 2 ? 0 : lines.lastIndexOf(NEWLINE, lines.length - 2) + 1;
}

/**
 * Where the first line begins that is later than this time; the length where none is. Lines are taken to be in the order
 * of time from `from` on, which makes it a search in halves: where they are not, it is still the beginning of a line.
 */
export function firstLineAfter(lines: Uint8Array, from: number, timeMs: number): number {
  let low = from;
  let high = lines.length;
  // Both are beginnings of lines: those before `low` are not later, and that at `high` is.
  while (low < high) {
    const half = low + ((high - low) >> 1);
    const middle = half === low ? low : Math.max(low, lines.lastIndexOf(NEWLINE, half - 1) + 1);
    if ((lineTime(lines, middle) ?? -Infinity) > timeMs) high = middle;
    else {
      const newline = lines.indexOf(NEWLINE, middle);
      low = newline < 0 ? lines.length : newline + 1;
    }
  }
  return low;
}
