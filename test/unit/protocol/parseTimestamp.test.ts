import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseTimestamp, parseTimestampNs } from "../../../protocol/parseTimestamp.ts";
import { TimestampFormatter } from "../../../tracer-service/output/timestamp.ts";

describe("parseTimestamp", () => {
  it.each([
    ["nanoseconds", "2022-02-28T20:29:38.038452202Z", Date.UTC(2022, 1, 28, 20, 29, 38) + 38.452202],
    ["no fraction", "1970-01-01T00:00:00Z", 0],
    ["trailing zeros left out", "1970-01-01T00:00:01.5Z", 1_500],
    ["an offset to the east", "2022-02-28T21:29:38+01:00", Date.UTC(2022, 1, 28, 20, 29, 38)],
    ["an offset to the west", "2022-02-28T15:59:38.25-04:30", Date.UTC(2022, 1, 28, 20, 29, 38, 250)],
    ["a space for the T", "1970-01-02 00:00:00Z", 86_400_000],
    ["a leap day", "2024-02-29T12:00:00Z", Date.UTC(2024, 1, 29, 12)],
    ["the first year", "0000-01-01T00:00:00Z", Date.parse("0000-01-01T00:00:00Z")],
  ])("reads %s", (_, text, expected) => {
    expect(parseTimestamp(text)).toBeCloseTo(expected, 3);
  });

  it.each([
    ["no zone", "2022-02-28T20:29:38"],
    ["month 13", "2022-13-28T20:29:38Z"],
    ["hour 24", "2022-02-28T24:00:00Z"],
    ["letters for digits", "2022-02-28T20:2x:38Z"],
    ["a dot without decimals", "2022-02-28T20:29:38.Z"],
    ["text after the zone", "2022-02-28T20:29:38Z "],
    ["half an offset", "2022-02-28T20:29:38+01"],
    ["too many decimals", `2022-02-28T20:29:38.${"1".repeat(40)}Z`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseTimestamp(text)).toBeNaN();
  });

  it("agrees with the runtime's own parser on every day of four centuries", () => {
    for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2200, 0, 1); ms += 86_400_000) {
      const text = new Date(ms).toISOString();
      if (parseTimestamp(text) !== ms) expect.unreachable(text);
    }
    expect.assertions(0);
  });

  it("reads what the service writes, to the microsecond", () => {
    const formatter = new TimestampFormatter();
    fc.assert(
      fc.property(fc.bigInt(0n, 253_402_300_799_999_999_999n), (timeNs) => {
        expect(
          Math.abs(parseTimestamp(formatter.format(timeNs)) - Number(timeNs / 1_000n) / 1_000),
        ).toBeLessThan(0.04);
      }),
    );
  });
});

describe("parseTimestampNs", () => {
  it("reads what the service writes, to the nanosecond", () => {
    const formatter = new TimestampFormatter();
    fc.assert(
      fc.property(fc.bigInt(0n, 253_402_300_799_999_999_999n), (timeNs) => {
        expect(parseTimestampNs(formatter.format(timeNs))).toBe(timeNs);
      }),
    );
  });

  it.each([
    ["an offset", "2022-02-28T20:29:38.038452202+01:00", 1_646_076_578_038_452_202n],
    ["no decimals", "2022-02-28T20:29:38Z", 1_646_080_178_000_000_000n],
    ["twelve decimals", "2022-02-28T20:29:38.000000001999Z", 1_646_080_178_000_000_001n],
    ["no time", "yesterday", undefined],
  ])("reads %s", (_, text, expected) => {
    expect(parseTimestampNs(text)).toBe(expected);
  });
});
