import { parseTimestampNs } from "../../../protocol/parseTimestamp.ts";
import { quoteText } from "../../identity/quoteText.ts";

const MS_PER_UNIT: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A flag's point in time, ns since 1970 UTC: so long ago (`90m`, `12h`, `7d`), a day (UTC), or a time in RFC 3339.
 * Throws one line.
 */
export function parseMoment(text: string, flag: string, nowMs: number): bigint {
  const [, count, unit] = /^(\d{1,7})([mhd])$/.exec(text) ?? [];
  const ago = Number(count) * (MS_PER_UNIT[unit ?? ""] ?? Number.NaN);
  if (!Number.isNaN(ago)) return BigInt(Math.round(nowMs - ago)) * 1_000_000n;
  const ns = parseTimestampNs(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (ns !== undefined) return ns;
  throw new Error(
    `${flag}: expected a time such as 2026-02-28T20:29:38Z, 2026-02-28, or 12h for so long ago, found ${quoteText(text)}`,
  );
}
