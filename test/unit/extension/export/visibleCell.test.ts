import { describe, expect, it } from "vitest";

import { visibleCell } from "../../../../extension/export/visibleCell.ts";

describe("visibleCell", () => {
  it.each([
    ["plain text", "uname -a", "uname -a"],
    ["nothing", "", ""],
    ["a comma", "a,b", '"a,b"'],
    ["a quote", 'say "hi"', '"say ""hi"""'],
    ["an apostrophe", "it's", `"it's"`],
    ["spaces around", " a ", '" a "'],
    ["a formula", "=1+1", `"'=1+1"`],
    ["a formula with a quote", '=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["a plus", "+1", `"'+1"`],
    ["a minus", "-rf", `"'-rf"`],
    ["an at", "@SUM(A1)", `"'@SUM(A1)"`],
    ["a formula after spaces", "  =1", `"'  =1"`],
    ["a wide formula", "\uff1d1", `"'\uff1d1"`],
    ["a tab in front", "\t=1", `"'\u2409=1"`],
    ["a carriage return in front", "\r=1", `"'\u240d=1"`],
    ["a formula after what can't be seen", "\u200b=1", `"'<U+200B>=1"`],
    ["a line end within", "a\nb", "a\u240ab"],
    ["an escape sequence", "\x1b[31mred", "\u241b[31mred"],
    ["a right-to-left override", "a\u202eb", "a<U+202E>b"],
    ["half a character", "\ud83d", "<U+D83D>"],
    ["other scripts", "é漢🦀", "é漢🦀"],
  ])("shows %s", (_, text, cell) => {
    expect(visibleCell(text)).toBe(cell);
  });
});
