import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipboardText } from "../../../../extension/stream/clipboardText.ts";

describe("clipboardText", () => {
  it.each<[string, string, string]>([
    ["a newline, which a terminal would run", "ls\nrm -rf ~", "ls\\nrm -rf ~"],
    ["a carriage return and a tab", "a\rb\tc", "a\\rb\\tc"],
    ["an escape sequence", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
    ["the end of a bracketed paste", "\x1b[201~id", "\\x1b[201~id"],
    ["a C1 control", "\x9b31m", "\\x9b31m"],
    ["NUL and DEL", "\0\x7f", "\\x00\\x7f"],
    ["a bidirectional override", "a\u202eb", "a\\u202eb"],
    ["a zero-width space", "ad\u200bmin", "ad\\u200bmin"],
    ["a line separator", "a\u2028b", "a\\u2028b"],
    ["a byte order mark", "\ufeffa", "\\ufeffa"],
    ["an invisible letter", "a\u3164b", "a\\u3164b"],
    ["a tag character", "a\u{e0041}", "a\\u{e0041}"],
    ["half a surrogate pair", "a\ud800b", "a\\ud800b"],
  ])("writes %s as an escape and says so", (_, text, safe) => {
    expect(clipboardText(text)).toEqual({ text: safe, escaped: true });
  });

  it.each(["uname -a", "écho 'naïve' 日本語 😀", "a\\nb", ""])("leaves %j as it is", (text) => {
    expect(clipboardText(text)).toEqual({ text, escaped: false });
  });

  it("gives one line of well-formed text for anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const safe = clipboardText(text).text;
        expect(safe).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(safe.isWellFormed()).toBe(true);
      }),
    );
  });
});
