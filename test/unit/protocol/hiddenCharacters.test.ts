import { describe, expect, it } from "vitest";

import { codePointName, showHidden } from "../../../protocol/hiddenCharacters.ts";

describe("showHidden", () => {
  it.each([
    ["plain text, ü and 𝄞", "plain text, ü and 𝄞"],
    ["a\x1b[31m\n", "a␛[31m␊"],
    ["\x7f", "␡"],
    ["\x9b", "<U+009B>"],
    ["\u202egpj.exe", "<U+202E>gpj.exe"],
    ["a\u200bb\u2028c", "a<U+200B>b<U+2028>c"],
    ["\ud800", "<U+D800>"],
    ["\u{e0041}", "<U+E0041>"],
  ])("shows %j as %j", (text, shown) => {
    expect(showHidden(text)).toBe(shown);
  });
});

describe("codePointName", () => {
  it("has at least four digits", () => {
    expect(["\t", "\u{1f600}"].map(codePointName)).toEqual(["U+0009", "U+1F600"]);
  });
});
