import { describe, expect, it } from "vitest";

import { quoteText } from "../../../../tracer-service/identity/quoteText.ts";

describe("quoteText", () => {
  it.each([
    ["plain text", "jessie", '"jessie"'],
    ["quotes", 'a"b', String.raw`"a\"b"`],
    ["line ends", "a\nb\u2028c", String.raw`"a\nb\u2028c"`],
    ["controls, C1 too", "\u001b[2J\u009b", String.raw`"\u001b[2J\u009b"`],
    ["direction-changing characters", "\u202egnp.exe", String.raw`"\u202egnp.exe"`],
    ["invisible characters beyond 16 bits", "a\u{e0041}", String.raw`"a\udb40\udc41"`],
    ["lone surrogates", "\ud800", String.raw`"\ud800"`],
    ["other scripts as they are", "žofie", '"žofie"'],
  ])("shows %s", (_, text, shown) => {
    expect(quoteText(text)).toBe(shown);
  });

  it("cuts after 80 characters", () => {
    expect(quoteText("x".repeat(80))).toBe(`"${"x".repeat(80)}"`);
    expect(quoteText("x".repeat(81))).toBe(`"${"x".repeat(80)}…"`);
  });
});
