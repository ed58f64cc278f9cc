import { describe, expect, it } from "vitest";

import { parseName, parseTextWithParts } from "../../../../tracer-service/identity/textWithParts.ts";

describe("parseTextWithParts", () => {
  it.each([
    ["nothing", "", []],
    ["literal text", "main", [{ type: "text", text: "main" }]],
    ["a part", "{user}", [{ type: "part", name: "user" }]],
    [
      "parts and text between them",
      "a{b}-{c2_d}e",
      [
        { type: "text", text: "a" },
        { type: "part", name: "b" },
        { type: "text", text: "-" },
        { type: "part", name: "c2_d" },
        { type: "text", text: "e" },
      ],
    ],
  ])("reads %s", (_, text, pieces) => {
    expect(parseTextWithParts(text)).toEqual(pieces);
  });

  it.each([
    ["a brace that is not closed", "a{b", 'expected a } after each {, found "a{b"'],
    ["a brace that is not opened", "a}b", 'expected a { before each }, found "a}b"'],
    ["a brace closed twice", "{a}}", 'expected a { before each }, found "{a}}"'],
    ["a brace within braces", "{a{b}}", 'begins with a letter, found "a{b"'],
    ["a part without a name", "{}", 'begins with a letter, found ""'],
    ["a name with a line end", "{a\n}", String.raw`begins with a letter, found "a\n"`],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseTextWithParts(text)).toThrow(message);
  });
});

describe("parseName", () => {
  it.each(["username", "a", "workspace_id2", "x".repeat(64)])("takes %s", (name) => {
    expect(parseName(name)).toBe(name);
  });

  it.each(["", "Username", "1a", "_a", "__proto__", "a-b", "a.b", "é", "x".repeat(65)])(
    "refuses %j",
    (name) => {
      expect(() => parseName(name)).toThrow("expected a name of at most 64 small letters, digits and _");
    },
  );
});
