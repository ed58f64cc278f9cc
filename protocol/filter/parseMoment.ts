import { FilterError } from "./filterError.ts";
import type { Moment } from "./filterTerm.ts";
import type { FilterValue } from "./splitFilter.ts";
import { t } from "../text/translate.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const SPAN = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/i;
const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds of a span such as `90s`, `1.5h` or `200ms`; undefined for other texts. */
export function parseSpan(text: string): number | undefined {
  const [, amount, unit = ""] = SPAN.exec(text) ?? [];
  const unitMs = UNITS.get(unit.toLowerCase());
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}

/** The time that `since:` or `until:` names, without a zone in this clock's own. Throws a `FilterError`. */
export function parseMoment({ text, at, length }: FilterValue): Moment {
  const ago = parseSpan(text);
  if (ago !== undefined) return { ago };
  const [, hours, minutes, seconds = "0"] = TIME_OF_DAY.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    return { ofDay: (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000 };
  }
  const [, date, time = "00:00", zone = ""] = DATE.exec(text) ?? [];
  const parsed = date === undefined ? NaN : Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(parsed)) {
    throw new FilterError(
      t("not a time: write {0}", "10m, 2h, 14:30, 2026-01-31, 2026-01-31T14:30Z"),
      at,
      length,
    );
  }
  return { at: parsed };
}

/**
 * When a moment is, given the time now; milliseconds since 1970. For `since` a time of day that is still to come was
 * yesterday's.
 */
export function resolveMoment(moment: Moment, bound: "since" | "until", nowMs: number): number {
  if ("at" in moment) return moment.at;
  if ("ago" in moment) return nowMs - moment.ago;
  const now = new Date(nowMs);
  const onDay = (day: number): number =>
    new Date(now.getFullYear(), now.getMonth(), day, 0, 0, 0, moment.ofDay).getTime();
  const today = onDay(now.getDate());
  return bound === "since" && today > nowMs ? onDay(now.getDate() - 1) : today;
}
