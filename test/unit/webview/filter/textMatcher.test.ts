import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { checkRegex } from "../../../../protocol/filter/checkRegex.ts";
import { anyMatcher, textMatcher } from "../../../../webview/filter/textMatcher.ts";

describe("textMatcher", () => {
  it("finds what it is given, whatever that means to a regular expression", () => {
    const text = fc.string({ unit: "binary", maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, (before, wanted, after) => {
        expect(textMatcher({ type: "contains", text: wanted })(before + wanted + after)).toBe(true);
        expect(textMatcher({ type: "whole", text: wanted })(wanted)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["main", "mainframe", false],
    ["main", "a\nmain", false],
    ["*", "", true],
    ["a*c", "A\nb\nC", true],
    ["a.c", "abc", false],
    ["*.c", "abc", false],
  ])("compares %j with all of %j: %o", (wanted, text, expected) => {
    expect(textMatcher({ type: "whole", text: wanted })(text)).toBe(expected);
  });

  it("matches nothing without patterns, and any of several", () => {
    expect(anyMatcher([])("a")).toBe(false);
    const either = anyMatcher([
      { type: "contains", text: "b" },
      { type: "contains", text: "a" },
    ]);
    expect(["a", "b", "c"].map(either)).toEqual([true, true, false]);
  });

  it("answers as the engine alone does", () => {
    const piece = fc.constantFrom(
      "ab",
      "c",
      "(a|b)",
      "[ab]+",
      "b*",
      "a+",
      "c?",
      "x{2}",
      ".",
      "^",
      "$",
      "\\.",
      "|",
      "B",
    );
    const source = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "x", ".", "A"), maxLength: 10 });
    fc.assert(
      fc.property(source, text, fc.boolean(), (source, text, ignoreCase) => {
        fc.pre(checkRegex(source) === undefined);
        const engine = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
        expect(textMatcher({ type: "regex", source, ignoreCase })(text)).toBe(engine.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(["(a+)+$", "(a|aa)+$", "(.*a){12}$", "([a-z]+)*=", "^(a?){40}a{40}$"])(
    "answers %s for 200,000 characters, on which a backtracking engine would not end",
    (source) => {
      const text = `${"a".repeat(200_000)}!`;
      expect(textMatcher({ type: "regex", source, ignoreCase: false })(text)).toBe(false);
    },
  );

  it("refuses what is too long or repeats too much", () => {
    expect(checkRegex("a".repeat(1_000))).toBeUndefined();
    expect(checkRegex("a".repeat(1_001))).toMatch(/more than 1000 characters/);
    expect(checkRegex("((a{30}){30}){30}")).toBeDefined();
    expect(checkRegex("(?<!a)b")).toBeDefined();
  });
});
