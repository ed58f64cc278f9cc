const ZERO = 48;
const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** From 1 March of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/**
 * Milliseconds since 1970 UTC, with their fraction, of a time in RFC 3339: years 0 … 9999, any number of decimals up
 * to twelve, `Z` or an offset. NaN for anything else. Takes no memory, since every event of a stream has one.
 */
export function parseTimestamp(text: string): number {
  const length = text.length;
  if (length < 20 || length > 38) return NaN;
  if (text[4] !== "-" || text[7] !== "-" || text[13] !== ":" || text[16] !== ":") return NaN;
  const separator = text.charCodeAt(10) | 0x20;
  if (separator !== 0x74 && separator !== 0x20) return NaN;

  // A character that is no digit makes the sum NaN.
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = digits(text, 17);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60)) {
    return NaN;
  }

  let at = 19;
  let fractionMs = 0;
  if (text[at] === ".") {
    let unit = 100;
    for (at++; at < length; at++, unit /= 10) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      fractionMs += digit * unit;
    }
    if (at === 20) return NaN;
  }
  const offsetMs = offset(text, at);
  return (
    daysSince1970(year, month, day) * MS_PER_DAY +
    ((hour * 60 + minute) * 60 + second) * 1_000 +
    fractionMs -
    offsetMs
  );
}

/** The same to the nanosecond: ns since 1970 UTC, without what is finer; undefined for anything else. */
export function parseTimestampNs(text: string): bigint | undefined {
  const ms = parseTimestamp(text);
  if (Number.isNaN(ms)) return undefined;
  const [decimals = "", fraction = ""] = /\.(\d+)/.exec(text) ?? [];
  // Without the decimals it is a whole number, which is exact.
  const wholeMs = parseTimestamp(text.replace(decimals, ""));
  return BigInt(wholeMs) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** The offset from UTC that the rest of the text says. */
function offset(text: string, at: number): number {
  const sign = text[at];
  if (sign === "Z" || sign === "z") return at + 1 === text.length ? 0 : NaN;
  if ((sign !== "+" && sign !== "-") || text.length !== at + 6 || text[at + 3] !== ":") return NaN;
  const ms = (digits(text, at + 1) * 60 + digits(text, at + 4)) * MS_PER_MINUTE;
  return sign === "+" ? ms : -ms;
}

/** In the proleptic Gregorian calendar, counting months from March. */
function daysSince1970(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const shifted = month > 2 ? year : year - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 1 - DAYS_TO_1970;
}
