import type { TimeFormat } from "../../protocol/webviewMessages.ts";
import { t } from "../../protocol/text/translate.ts";

const DAY_MS = 86_400_000;

/** A duration in milliseconds, for people: `0.9 ms`, `381 ms`, `1.2 s`, `3 m 20 s`, `2 h 5 m`, `4 d 3 h`. */
export function formatDuration(ms: number): string {
  if (ms < 0.05) return "0 ms";
  if (ms < 9.95) return `${tenths(ms)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 59_950) return `${tenths(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair(seconds, 60, "m", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair(minutes, 60, "h", "m");
  return pair(Math.round(minutes / 60), 24, "d", "h");
}

/** A time in milliseconds since 1970, as the user wants it; one of another day than `nowMs` has its day with it. */
export function formatTime(ms: number, format: TimeFormat, nowMs: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "";
  switch (format) {
    case "local":
      return isSameDay(ms, nowMs)
        ? timeOfDay(date)
        : `${dayOf(date).slice(5)} ${timeOfDay(date).slice(0, 8)}`;
    case "utc": {
      const [day = "", time = ""] = date.toISOString().split("T");
      return day === new Date(nowMs).toISOString().slice(0, 10)
        ? time
        : `${day.slice(5)} ${time.slice(0, 8)}Z`;
    }
    case "dateTime":
      return `${dayOf(date)} ${timeOfDay(date)}`;
    case "relative":
      return formatAge(nowMs - ms);
  }
}

/** Date and time with its zone, for titles and details. */
export function formatFullTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : `${dayOf(date)} ${timeOfDay(date)} (${date.toISOString()})`;
}

/** Local time of day to a tenth of a second, for the ends of a range. */
export function formatMoment(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : timeOfDay(date).slice(0, -2);
}

/** A range of time; with its days where it is of another day than `nowMs`, or of several. */
export function formatRange(firstMs: number, lastMs: number, nowMs: number): string {
  const isToday = isSameDay(firstMs, nowMs) && isSameDay(lastMs, nowMs);
  const [first = "", last = ""] = [firstMs, lastMs].map((ms) => {
    const time = formatMoment(ms);
    return isToday || time === "" ? time : `${dayOf(new Date(ms)).slice(5)} ${time}`;
  });
  return `${first} – ${last}`;
}

/** Marks of a time axis, in milliseconds since 1970: times of day, with their day or days alone where they are of several. */
export function formatTicks(ticks: readonly number[]): string[] {
  const [first = 0, second = first] = ticks;
  const last = ticks.at(-1) ?? first;
  return ticks.map((ms) => {
    const date = new Date(ms);
    if (isSameDay(first, last)) return timeOfDay(date).slice(0, 8);
    const day = dayOf(date).slice(5);
    return second - first >= DAY_MS ? day : `${day} ${timeOfDay(date).slice(0, 5)}`;
  });
}

/** Whether two times are of one day, as it is here. */
export function isSameDay(oneMs: number, otherMs: number): boolean {
  return new Date(oneMs).setHours(0, 0, 0, 0) === new Date(otherMs).setHours(0, 0, 0, 0);
}

function formatAge(ms: number): string {
  return ms < 1_000
    ? t("now")
    : t("{0} ago", formatDuration(ms < 60_000 ? Math.floor(ms / 1_000) * 1_000 : ms));
}

function timeOfDay(date: Date): string {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const time = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${time}.${String(date.getUTCMilliseconds()).padStart(3, "0")}`;
}

function dayOf(date: Date): string {
  const month = String(date.getMonth() + 1).padStart(2, "0");
  return `${String(date.getFullYear())}-${month}-${String(date.getDate()).padStart(2, "0")}`;
}

/** `1.2`; `4` rather than `4.0`. */
function tenths(value: number): string {
  return value.toFixed(1).replace(".0", "");
}

function pair(value: number, per: number, large: string, small: string): string {
  const whole = Math.floor(value / per);
  const rest = value % per;
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${small}`;
}
