import { describe, expect, it } from "vitest";
import { nativeText } from "../../../../extension/text/nativeText.ts";

describe("nativeText", () => {
  it.each([
    [
      "leaves plain text as it is",
      "git commit -m 'fix: héllo 你好 🎉'",
      "git commit -m 'fix: héllo 你好 🎉'",
    ],
    ["shows newlines and escapes", "a\n\u001b[31mb", "a⟨U+000A⟩⟨U+001B⟩[31mb"],
    ["shows a change of direction", "abc\u202egnp.exe", "abc⟨U+202E⟩gnp.exe"],
    ["shows zero-width characters", "ro\u200bot", "ro⟨U+200B⟩ot"],
    ["shows spaces that are none", "a\u00a0b\u3000c", "a⟨U+00A0⟩b⟨U+3000⟩c"],
    ["shows halves of surrogate pairs", "a\ud800b", "a⟨U+D800⟩b"],
    ["shows tags beyond the first plane", "a\u{e0041}", "a⟨U+E0041⟩"],
    ["shows combining fillers", "a\u3164", "a⟨U+3164⟩"],
  ])("%s", (_name, text, expected) => {
    expect(nativeText(text)).toBe(expected);
  });

  it("lets no text draw an icon, also one that is escaped already", () => {
    for (const text of ["$(trash)", "\\$(trash~spin) x", "$$(a)$(b)"]) {
      expect(nativeText(text)).not.toContain("$(");
      expect(nativeText(text).replaceAll("\u2060", "")).toBe(text);
    }
  });

  it("can't be made to draw an icon by hidden characters that it removes", () => {
    expect(nativeText("$\u2060(trash)")).toBe("$⟨U+2060⟩(trash)");
  });

  it.each([
    ["text of the length stays whole", "a".repeat(10), "a".repeat(10)],
    ["longer text ends in …", "a".repeat(11), `${"a".repeat(9)}…`],
    ["a pair is not parted", `${"a".repeat(8)}🎉🎉`, `${"a".repeat(8)}…`],
    ["a code point in brackets is not parted", `aaaaa\u202e${"b".repeat(20)}`, "aaaaa…"],
    ["a bracket of the text itself is cut like any other character", `⟨${"x".repeat(20)}`, "⟨xxxxxxxx…"],
  ])("%s", (_name, text, expected) => {
    expect(nativeText(text, 10)).toBe(expected);
  });

  it("keeps what is not too long when every character is hidden", () => {
    expect(nativeText("\u202e".repeat(1_000_000), 50).length).toBeLessThanOrEqual(50);
  });
});
