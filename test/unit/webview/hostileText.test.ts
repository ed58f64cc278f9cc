import { describe, expect, it } from "vitest";
import { toVisibleString, toVisibleText } from "../../../webview/hostileText.ts";

describe("toVisibleText", () => {
  it.each([
    ["leaves ordinary text alone", "uname -a", "uname -a"],
    ["leaves letters of any language and emoji alone", "naïve 日本 🚀", "naïve 日本 🚀"],
    ["names a bidirectional override", "\u202egpj.exe", "⟨U+202E⟩gpj.exe"],
    ["names control characters and escapes", "a\u0000b\u001b[31m\nc", "a⟨U+0000⟩b⟨U+001B⟩[31m⟨U+000A⟩c"],
    ["names C1 controls", "\u009b31m", "⟨U+009B⟩31m"],
    ["names zero-width characters", "su\u200bdo\ufeff", "su⟨U+200B⟩do⟨U+FEFF⟩"],
    ["names separators of lines", "a\u2028b\u2029", "a⟨U+2028⟩b⟨U+2029⟩"],
    [
      "names blanks that look like a space, or like nothing",
      "a\u00a0b\u3164\u2800",
      "a⟨U+00A0⟩b⟨U+3164⟩⟨U+2800⟩",
    ],
    ["names tag characters", "x\u{e0041}", "x⟨U+E0041⟩"],
    ["names half a surrogate pair", "x\ud83d", "x⟨U+D83D⟩"],
    ["is markup to nobody", "<img src=x>", "<img src=x>"],
  ])("%s", (_name, text, shown) => {
    expect(toVisibleString(text, 1_000)).toBe(shown);
  });

  it("marks only what it named as hidden", () => {
    expect(toVisibleText("a\u200bb", 10).pieces).toEqual([
      { text: "a", hidden: false },
      { text: "⟨U+200B⟩", hidden: true },
      { text: "b", hidden: false },
    ]);
  });

  it("says how much it cut", () => {
    expect(toVisibleText("abcdef", 4)).toEqual({ pieces: [{ text: "abcd", hidden: false }], cut: 2 });
  });

  it("never cuts a character in two", () => {
    expect(toVisibleString("ab🚀", 3)).toBe("ab…");
  });
});
