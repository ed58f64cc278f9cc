const GROUP = 1_000;
const BILLION = 1_000_000_000;
const LARGEST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const PLAIN = Array.from({ length: GROUP }, (_, n) => String(n));
/** With zeros in front. */
const PADDED = PLAIN.map((digits) => digits.padStart(3, "0"));

/**
 * The same as `String(n)`, for numbers that don't come again. The engine remembers the latest texts that it made of
 * numbers, for so long that at some hundred events a second all of them grow old: garbage that only a full collection
 * finds. What is put together of parts is gone at once.
 */
export function decimal(n: number): string {
  if (n < GROUP) return PLAIN[n] ?? String(n);
  if (!(n < BILLION)) return Number.isSafeInteger(n) ? long(n) : String(n);
  const thousands = Math.floor(n / GROUP);
  const rest = PADDED[n - thousands * GROUP];
  if (rest === undefined) return String(n);
  if (thousands < GROUP) return `${PLAIN[thousands] ?? ""}${rest}`;
  const millions = Math.floor(thousands / GROUP);
  return `${PLAIN[millions] ?? ""}${PADDED[thousands - millions * GROUP] ?? ""}${rest}`;
}

/** The same as `String(n)`. */
export function decimalOfLong(n: bigint): string {
  return n >= 0n && n <= LARGEST_EXACT ? decimal(Number(n)) : String(n);
}

/** Nine digits of a whole number below 10^9, such as the nanoseconds of a second. */
export function nineDigits(n: number): string {
  const thousands = Math.floor(n / GROUP);
  const millions = Math.floor(thousands / GROUP);
  return `${PADDED[millions] ?? ""}${PADDED[thousands - millions * GROUP] ?? ""}${PADDED[n - thousands * GROUP] ?? ""}`;
}

/** Of a whole number of at least ten digits. */
function long(n: number): string {
  let billions = Math.floor(n / BILLION);
  // The quotient may have been rounded up to the next whole number.
  if (billions * BILLION > n) billions--;
  return `${decimal(billions)}${nineDigits(n - billions * BILLION)}`;
}
