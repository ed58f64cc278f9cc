import { describe, expect, it } from "vitest";
import { formatDuration, formatTime } from "../../../../webview/view/timeText.ts";

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

  it("says nothing for a time that no calendar has", () => {
    expect(formatTime(1e300, "utc", 0)).toBe("");
  });
});
