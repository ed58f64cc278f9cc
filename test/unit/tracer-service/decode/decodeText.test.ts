import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  continuationHead,
  decodeText,
  incompleteTail,
} from "../../../../tracer-service/decode/decodeText.ts";

const character = fc.constantFrom("a", "\n", "é", "\u07ff", "名", "\uffff", "🦊", "\u{10ffff}");

describe("decodeText", () => {
  it.each<[string, number[], string]>([
    ["a byte that begins nothing", [0x61, 0xff, 0x62], "a\ufffdb"],
    ["a character that is not complete", [0x61, 0xe5, 0x90], "a\ufffd"],
    ["a surrogate", [0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
    ["a character longer than need be", [0xc0, 0x80], "\ufffd\ufffd"],
  ])("keeps the bytes of %s", (_name, bytes, text) => {
    expect(decodeText(Buffer.from(bytes))).toEqual({ text, raw: Buffer.from(bytes).toString("base64") });
  });

  it("keeps no bytes of what is UTF-8, U+FFFD and a byte order mark included", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(character, fc.constantFrom("\ufffd", "\ufeff")) }), (text) => {
        expect(decodeText(Buffer.from(text))).toEqual({ text, raw: undefined });
      }),
    );
  });

  it("loses nothing, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
        const bytes = Buffer.from(given);
        const { text, raw } = decodeText(bytes);
        expect(raw === undefined ? Buffer.from(text) : Buffer.from(raw, "base64")).toEqual(bytes);
      }),
    );
  });
});

describe("incompleteTail and continuationHead", () => {
  it("find the parts of a character that was cut", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: character }),
        character,
        fc.string({ unit: character }),
        (before, cut, after) => {
          const bytes = Buffer.from(cut);
          for (let at = 1; at < bytes.length; at++) {
            expect(incompleteTail(Buffer.concat([Buffer.from(before), bytes.subarray(0, at)]))).toBe(at);
            expect(continuationHead(Buffer.concat([bytes.subarray(at), Buffer.from(after)]))).toBe(
              bytes.length - at,
            );
          }
          expect(incompleteTail(Buffer.from(before + cut))).toBe(0);
          expect(continuationHead(Buffer.from(cut + after))).toBe(0);
        },
      ),
    );
  });

  it.each<[string, number[], number, number]>([
    ["nothing", [], 0, 0],
    ["continuations only", [0x80, 0x80, 0x80, 0x80, 0x80], 0, 3],
    ["a byte that begins nothing", [0xff], 0, 0],
    ["bytes that begin nothing", [0xc0, 0xf5], 0, 0],
    ["one continuation", [0x80], 0, 1],
  ])("never take more than a character has: %s", (_name, bytes, tail, start) => {
    expect(incompleteTail(Buffer.from(bytes))).toBe(tail);
    expect(continuationHead(Buffer.from(bytes))).toBe(start);
  });
});
