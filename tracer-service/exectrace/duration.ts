import { quoteText } from "../identity/quoteText.ts";

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // U+00B5 and U+03BC.
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const NUMBER_AND_UNIT = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Timers of Node end there: 2^31 - 1 ms are 596.5 hours. */
const MAX_HOURS = 596;

/**
 * Reads `--startup-timeout`, a time as Go's programs write it, such as `15m`, `1h30m` or `1.5s`, into whole milliseconds, rounded up.
 * `0` is 0. Throws one line for anything else, for negative times and for more than 596 hours.
 */
export function parseDuration(text: string): number {
  const unsigned = text.startsWith("+") ? text.slice(1) : text;
  if (unsigned === "0") return 0;
  const parts = text.length <= 64 ? [...unsigned.matchAll(NUMBER_AND_UNIT)] : [];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== unsigned) {
    throw new Error(`--startup-timeout: expected a time such as 15m, 90s or 1h30m, found ${quoteText(text)}`);
  }
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (MS_PER_UNIT[unit ?? ""] ?? NaN),
    0,
  );
  if (!(ms <= MAX_HOURS * 3_600_000)) {
    throw new Error(
      `--startup-timeout: expected a time of at most ${String(MAX_HOURS)}h, found ${quoteText(text)}`,
    );
  }
  // Products of decimal fractions are a little off: 1.1 s would be a millisecond longer.
  return Math.ceil(Number(ms.toFixed(6)));
}
