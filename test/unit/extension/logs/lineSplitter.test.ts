import { describe, expect, it } from "vitest";

import { LineSplitter } from "../../../../extension/logs/lineSplitter.ts";

function split(text: string, chunk: number, maxLength = 100): { lines: string[]; tooLong: number } {
  const lines: string[] = [];
  let tooLong = 0;
  const splitter = new LineSplitter(
    maxLength,
    (line) => {
      lines.push(line);
    },
    () => {
      tooLong++;
    },
  );
  for (let at = 0; at < text.length; at += chunk) splitter.push(text.slice(at, at + chunk));
  splitter.end();
  return { lines, tooLong };
}

describe("LineSplitter", () => {
  it.each([
    ["lines", "a\nb\n", ["a", "b"]],
    ["a last line without its end", "a\nb", ["a", "b"]],
    ["empty lines", "\n\na\n", ["", "", "a"]],
    ["Windows' line ends", "a\r\nb\r\n", ["a", "b"]],
    ["a carriage return within", "a\rb\n", ["a\rb"]],
    ["other separators, which end no line", "a\u2028b\u0085c\n", ["a\u2028b\u0085c"]],
    ["nothing", "", []],
  ])("splits %s, however the text is cut", (_, text, lines) => {
    for (const chunk of [1, 2, 100]) expect(split(text, chunk)).toEqual({ lines, tooLong: 0 });
  });

  it.each([
    ["first", `${"x".repeat(11)}\na\nb\n`, ["a", "b"]],
    ["between", `a\n${"x".repeat(500)}\nb\n`, ["a", "b"]],
    ["last", `a\nb\n${"x".repeat(11)}`, ["a", "b"]],
  ])("leaves out a line beyond the limit that comes %s", (_, text, lines) => {
    for (const chunk of [1, 7, 1_000]) expect(split(text, chunk, 10)).toEqual({ lines, tooLong: 1 });
  });

  it("keeps a line of exactly the limit", () => {
    expect(split(`${"x".repeat(10)}\n`, 3, 10)).toEqual({ lines: ["x".repeat(10)], tooLong: 0 });
  });
});
