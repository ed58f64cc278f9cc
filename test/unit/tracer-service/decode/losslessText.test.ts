import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { losslessBytes, losslessText, showLossless } from "../../../../tracer-service/decode/losslessText.ts";

describe("losslessText", () => {
  it.each([
    ["ASCII", Buffer.from("main"), "main"],
    ["any script", Buffer.from("größe🦊"), "größe🦊"],
    ["the replacement character itself", Buffer.from("\ufffd"), "\ufffd"],
    ["bytes that begin nothing", Buffer.from([0x61, 0xff, 0x80, 0x62]), "a\udcff\udc80b"],
    ["a character that is not complete", Buffer.from([0xe5, 0x90, 0x61]), "\udce5\udc90a"],
    ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), "\udced\udca0\udc80"],
  ])("keeps %s", (_name, bytes, text) => {
    expect(losslessText(bytes)).toBe(text);
    expect(Buffer.from(losslessBytes(text))).toEqual(bytes);
  });

  it("gives back any bytes, and different text for different ones", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(Buffer.from(losslessBytes(losslessText(Buffer.from(bytes))))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it("shows what UTF-8 can't as U+FFFD, with the bytes beside it", () => {
    const bytes = Buffer.from([0x2f, 0xff, 0x2f, 0x61]);
    expect(showLossless(losslessText(bytes))).toEqual({ text: "/\ufffd/a", raw: bytes.toString("base64") });
    expect(showLossless("/größe")).toEqual({ text: "/größe", raw: undefined });
    expect(showLossless(undefined)).toBeUndefined();
  });
});
