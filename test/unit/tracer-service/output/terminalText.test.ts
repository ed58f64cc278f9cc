import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitText, padText, visibleText } from "../../../../tracer-service/output/terminalText.ts";

describe("visibleText", () => {
  it.each<[string, string, string]>([
    ["leaves text of any script alone", "uname -a grüße 你好 🦀", "uname -a grüße 你好 🦀"],
    ["shows escape sequences as pictures", "\x1b[31mred\x1b[0m\r\n\t\0", "␛[31mred␛[0m␍␊␉␀"],
    ["shows DEL as a picture", "\x7f", "␡"],
    ["names C1 controls", "\x9b31m", "<U+009B>31m"],
    ["names bidirectional controls", "a\u202eb", "a<U+202E>b"],
    ["names zero-width characters", "a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"],
    ["names line separators", "\u2028", "<U+2028>"],
    ["names tag characters", "\u{e0041}", "<U+E0041>"],
    ["names lone surrogates", "\ud800", "<U+D800>"],
    ["cuts heaps of combining marks", `e${"\u0301".repeat(100)}x`, `e${"\u0301".repeat(4)}…x`],
  ])("%s", (_name, text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it("lets nothing through that controls a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("fitText", () => {
  it.each<[string, string, number, string]>([
    ["leaves text alone that fits", "abcdef", 6, "abcdef"],
    ["keeps two thirds and the end", "abcdefghijkl", 7, "abcd…kl"],
    ["counts two cells for wide characters", "你好你好你好", 7, "你好…好"],
    ["leaves wide characters alone that fit", "你好", 4, "你好"],
    ["counts no cell for combining marks", "e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"],
  ])("%s", (_name, text, cells, fitted) => {
    expect(fitText(text, cells)).toBe(fitted);
  });
});

describe("padText", () => {
  it.each<[string, string, number, string]>([
    ["fills with spaces", "ab", 4, "ab  "],
    ["cuts what is longer", "abcdef", 4, "ab…f"],
    ["counts two cells for wide characters", "你", 4, "你  "],
    ["fills a cell that half a wide character left", "你好你好", 5, "你…好"],
  ])("%s", (_name, text, cells, padded) => {
    expect(padText(text, cells)).toBe(padded);
  });
});
