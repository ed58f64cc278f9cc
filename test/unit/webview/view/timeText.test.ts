import { describe, expect, it } from "vitest";
import { formatDuration, formatRange, formatTicks, formatTime } from "../../../../webview/view/timeText.ts";

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [0.94, "0.9 ms"],
    [4, "4 ms"],
    [381.2, "381 ms"],
    [999.6, "1 s"],
    [1_234, "1.2 s"],
    [59_960, "1 m"],
    [200_000, "3 m 20 s"],
    [7_500_000, "2 h 5 m"],
    [356_400_000, "4 d 3 h"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("formatTime", () => {
  const time = Date.UTC(2026, 10, 23, 12, 4, 7, 250);

  it.each([
    ["utc", time, "12:04:07.250Z"],
    ["relative", time + 500, "now"],
    ["relative", time + 12_900, "12 s ago"],
    ["relative", time + 7_200_000, "2 h ago"],
  ] as const)("%s", (format, nowMs, text) => {
    expect(formatTime(time, format, nowMs)).toBe(text);
  });

  it("has the day with a time in UTC of another day", () => {
    expect(formatTime(time, "utc", time + 86_400_000)).toBe("11-23 12:04:07Z");
  });

  it("has the day with a local time of another day", () => {
    const noon = new Date(2026, 10, 23, 12, 4, 7, 250).getTime();
    const evening = new Date(2026, 10, 23, 23, 59).getTime();
    const next = new Date(2026, 10, 24, 0, 1).getTime();
    expect(formatTime(noon, "local", evening)).toBe("12:04:07.250");
    expect(formatTime(noon, "local", next)).toBe("11-23 12:04:07");
  });

  it("says nothing for a time that no calendar has", () => {
    expect(formatTime(1e300, "utc", 0)).toBe("");
  });
});

describe("formatRange", () => {
  const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 5, 7, 250).getTime();
  it.each([
    ["the times alone for today", at(13, 8), at(13, 9), "08:05:07.2 – 09:05:07.2"],
    ["the days of another day", at(12, 8), at(12, 9), "11-12 08:05:07.2 – 11-12 09:05:07.2"],
    ["both days where it ends today", at(12, 22), at(13, 9), "11-12 22:05:07.2 – 11-13 09:05:07.2"],
    ["nothing for what is no time", NaN, at(13, 9), " – 11-13 09:05:07.2"],
  ])("shows %s", (_, first, last, text) => {
    expect(formatRange(first, last, at(13, 12))).toBe(text);
  });
});

describe("formatTicks", () => {
  const at = (day: number, hour: number, second = 0): number =>
    new Date(2026, 10, day, hour, 0, second).getTime();

  it.each<[string, readonly number[], readonly string[]]>([
    ["none", [], []],
    ["times of one day", [at(23, 9), at(23, 9, 30)], ["09:00:00", "09:00:30"]],
    ["times of two days", [at(23, 22), at(24, 4)], ["11-23 22:00", "11-24 04:00"]],
    ["days", [at(22, 0), at(24, 0)], ["11-22", "11-24"]],
  ])("%s", (_, ticks, texts) => {
    expect(formatTicks(ticks)).toEqual(texts);
  });
});
