import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../../tracer-service/exectrace/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["+0", 0],
    ["15m", 900_000],
    ["15m0s", 900_000],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["1h30m10.5s", 5_410_500],
    ["+5s", 5_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1_000],
    ["1.1s", 1_100],
    ["250ms", 250],
    ["1500us", 2],
    ["1500µs", 2],
    ["1500μs", 2],
    ["1ns", 1],
    ["30m1h", 5_400_000],
    ["596h", 2_145_600_000],
  ])("reads %s as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    "15",
    "-5s",
    "+",
    "m",
    ".s",
    "5 m",
    "15M",
    "1d",
    "1h30",
    "1h-30m",
    "1,5h",
    "5s\n",
    "1e3s",
    "0x5s",
    "٥s",
  ])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(
      /^--startup-timeout: expected a time such as 15m, [^\n]*, found "[^\n]*$/,
    );
  });

  it.each(["597h", "1000000h", "596h1ms", "9".repeat(40) + "h"])(
    "refuses %s, longer than a timer can wait",
    (text) => {
      expect(() => parseDuration(text)).toThrow(/at most 596h/);
    },
  );

  it("refuses a text that is too long to be a time, quickly", () => {
    expect(() => parseDuration("1s".repeat(100_000))).toThrow(/such as 15m/);
  });

  it("adds up whole hours, minutes, seconds and milliseconds", () => {
    const part = fc.nat(59);
    fc.assert(
      fc.property(part, part, part, fc.nat(999), (h, m, s, ms) => {
        const text = `${String(h)}h${String(m)}m${String(s)}s${String(ms)}ms`;
        expect(parseDuration(text)).toBe(((h * 60 + m) * 60 + s) * 1_000 + ms);
      }),
    );
  });
});
