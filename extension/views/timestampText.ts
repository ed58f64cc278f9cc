import { nativeText } from "../text/nativeText.ts";

/** A timestamp that a tracer told, for people; what is none is shown as it came. */
export function timestampText(timestamp: string, formatTime: (ms: number) => string): string {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? nativeText(timestamp, 40) : formatTime(ms);
}
