import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeJson } from "../../../protocol/escapeJson.ts";

describe("escapeJson", () => {
  it.each<[string, string, string]>([
    ["leaves plain ASCII alone", "uname -a ~!", '"uname -a ~!"'],
    ["leaves letters of any script alone", "grüße 你好 🦀", '"grüße 你好 🦀"'],
    ["escapes quotes and backslashes", 'a"b\\c', '"a\\"b\\\\c"'],
    ["escapes C0 controls", "\0\n\x1b[31m", '"\\u0000\\n\\u001b[31m"'],
    ["escapes DEL and C1 controls", "\x7f\x80\x9b\x9f", '"\\u007f\\u0080\\u009b\\u009f"'],
    ["escapes bidirectional marks", "\u061c\u200e\u200f", '"\\u061c\\u200e\\u200f"'],
    ["escapes bidirectional embeddings", "\u202a\u202e", '"\\u202a\\u202e"'],
    ["escapes bidirectional isolates", "\u2066\u2069", '"\\u2066\\u2069"'],
    ["escapes line and paragraph separators", "\u2028\u2029", '"\\u2028\\u2029"'],
    ["escapes zero-width characters", "\u200b\u200d\u2060\ufeff", '"\\u200b\\u200d\\u2060\\ufeff"'],
    ["escapes lone surrogates", "\ud800 \udfff", '"\\ud800 \\udfff"'],
  ])("%s", (_name, text, json) => {
    expect(escapeJson(text)).toBe(json);
  });

  it("does the same in a list of texts", () => {
    expect(escapeJson(["a", 'b"\u202e', ""])).toBe('["a","b\\"\\u202e",""]');
  });

  it("reads back as the same text, and shows nothing invisible", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
        (text) => {
          const json = escapeJson(text);
          expect(JSON.parse(json)).toBe(text);
          expect(json).not.toMatch(
            /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u,
          );
        },
      ),
    );
  });
});
