import { nineDigits } from "../decimal.ts";

const NS_PER_SECOND = 1_000_000_000n;
/** RFC 3339 has years of four digits. */
const FIRST_NS = BigInt(Date.parse("0000-01-01T00:00:00Z")) * 1_000_000n;
const LAST_NS = BigInt(Date.parse("9999-12-31T23:59:59Z")) * 1_000_000n + NS_PER_SECOND - 1n;

/** Formats times in RFC 3339, UTC, with nine decimals. Most events share their second with the one before. */
export class TimestampFormatter {
  #secondNs = 0n;
  #prefix = "1970-01-01T00:00:00.";

  /** `timeNs` is ns since 1970 UTC; what lies outside the years 0 … 9999 becomes the nearest time inside. */
  format(timeNs: bigint): string {
    let ns = timeNs - this.#secondNs;
    if (ns < 0n || ns >= NS_PER_SECOND) ns = this.#enterSecondOf(timeNs);
    return `${this.#prefix}${nineDigits(Number(ns))}Z`;
  }

  /** Returns how many ns of the second have passed. */
  #enterSecondOf(timeNs: bigint): bigint {
    const inside = timeNs < FIRST_NS ? FIRST_NS : timeNs > LAST_NS ? LAST_NS : timeNs;
    // `%` takes the sign of its left side; the time before 1970 counts upwards too.
    const ns = ((inside % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
    this.#secondNs = inside - ns;
    this.#prefix = new Date(Number(this.#secondNs / 1_000_000n)).toISOString().slice(0, 20);
    return ns;
  }
}
