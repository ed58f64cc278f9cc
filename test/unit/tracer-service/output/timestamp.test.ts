import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimestampFormatter } from "../../../../tracer-service/output/timestamp.ts";

describe("TimestampFormatter", () => {
  it.each<[string, bigint, string]>([
    ["shows nine decimals", 1_646_080_178_038_452_202n, "2022-02-28T20:29:38.038452202Z"],
    ["keeps zeros at the end", 1_646_080_178_000_000_000n, "2022-02-28T20:29:38.000000000Z"],
    ["begins in 1970", 0n, "1970-01-01T00:00:00.000000000Z"],
    ["counts upwards before 1970 too", -1n, "1969-12-31T23:59:59.999999999Z"],
    ["shows the largest 64-bit number", 18_446_744_073_709_551_615n, "2554-07-21T23:34:33.709551615Z"],
    ["stops at the year 9999", 10n ** 30n, "9999-12-31T23:59:59.999999999Z"],
    ["stops at the year 0", -(10n ** 30n), "0000-01-01T00:00:00.000000000Z"],
  ])("%s", (_name, timeNs, text) => {
    expect(new TimestampFormatter().format(timeNs)).toBe(text);
  });

  it("formats any sequence of times as if each were the first", () => {
    const near = fc.bigInt({ min: 1_646_080_177_000_000_000n, max: 1_646_080_179_000_000_000n });
    const any = fc.bigInt({ min: -(10n ** 19n), max: 10n ** 20n });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, any)), (times) => {
        const formatter = new TimestampFormatter();
        for (const time of times) expect(formatter.format(time)).toBe(new TimestampFormatter().format(time));
      }),
    );
  });
});
