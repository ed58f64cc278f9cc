import { describe, expect, it } from "vitest";

import { parseMoment } from "../../../../../tracer-service/commands/options/parseMoment.ts";

const NOW = Date.UTC(2026, 1, 28, 12);
const parse = (text: string): string =>
  new Date(Number(parseMoment(text, "--since", NOW) / 1_000_000n)).toISOString();

describe("parseMoment", () => {
  it.each([
    ["so many minutes ago", "90m", "2026-02-28T10:30:00.000Z"],
    ["so many days ago", "7d", "2026-02-21T12:00:00.000Z"],
    ["a day", "2026-01-02", "2026-01-02T00:00:00.000Z"],
    ["a time with an offset", "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"],
  ])("reads %s", (_, text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it("reads a time to the nanosecond", () => {
    expect(parseMoment("2026-02-28T20:29:38.038452202Z", "--since", NOW)).toBe(1_772_310_578_038_452_202n);
  });

  it.each(["", "yesterday", "12", "-1h", "2026-13-01"])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow("--since: expected a time such as");
  });
});
