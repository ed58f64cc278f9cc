import { describe, expect, it } from "vitest";
import { requiredLiteral } from "../../../protocol/requiredLiteral.ts";

describe("requiredLiteral", () => {
  it.each([
    ["finds the only one", "curl", "curl"],
    ["finds the longest", "ssh.*user@", "user@"],
    ["reads escaped punctuation", "get\\.[a-z]+", "get."],
    ["leaves out what may be missing", "abc?d*ef", "ab"],
    ["keeps what is there at least once", "ab+c", "ab"],
    ["leaves out what is counted", "abc{0,2}de", "ab"],
    ["leaves out groups", "git (push|pull) now", "git "],
    ["leaves out nested groups", "ab((cdef)|g)hij", "hij"],
    ["leaves out classes with brackets", "a[]xyz]bc", "bc"],
    ["leaves out named classes", "a[[:alpha:]xy]bc", "bc"],
    ["ends at classes by letter", "ab\\dcde", "cde"],
    ["knows anchors", "^git$", "git"],
    ["finds none between alternatives", "abc|def", undefined],
    ["finds none where flags change the meaning", "(?i)abc", undefined],
    ["finds none where codes are written", "\\x41bcd", undefined],
    ["finds none for names of classes", "\\pLabc", undefined],
    ["finds none beside quotations", "\\Qab.\\E", undefined],
    ["finds none outside of ASCII", "größe", undefined],
    ["finds none in one character", "a.b", undefined],
  ])("%s", (_name, source, expected) => {
    expect(requiredLiteral(source)).toBe(expected);
  });
});
