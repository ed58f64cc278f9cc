import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readComponent } from "../../../../tracer-service/identity/readComponent.ts";
import { parseTextWithParts, type Piece } from "../../../../tracer-service/identity/textWithParts.ts";
import { parseUid } from "../../../../tracer-service/identity/uidText.ts";

function read(pattern: string, text: string, known: Record<string, string> = {}): unknown {
  const reading = readComponent(parseTextWithParts(pattern), text, new Map(Object.entries(known)));
  return reading instanceof Map ? Object.fromEntries(reading) : reading;
}

describe("readComponent", () => {
  it.each([
    ["literal text", "main", "main", {}],
    ["a whole component", "{a}", "main", { a: "main" }],
    ["a part between texts", "code-server@{a}.service", "code-server@jessie.service", { a: "jessie" }],
    ["text like the literal inside of the part", "x@{a}.service", "x@a.service.service", { a: "a.service" }],
    ["two parts", "{a}-{b}", "jessie-main", { a: "jessie", b: "main" }],
    [
      "a number beside a name with the same separator",
      "{a}-{uid}",
      "jr-jessie-1000",
      { a: "jr-jessie", uid: "1000" },
    ],
    ["the greatest uid", "user-{uid}.slice", "user-4294967294.slice", { uid: "4294967294" }],
    ["a separator of several characters", "{a}--{b}", "jr-jessie--main", { a: "jr-jessie", b: "main" }],
  ])("reads %s", (_, pattern, text, parts) => {
    expect(read(pattern, text)).toEqual(parts);
  });

  it.each([
    ["an empty part", "a{b}", "a"],
    ["an empty part between texts", "a{b}c", "ac"],
    ["more text than the pattern", "main", "main2"],
    ["less text than the pattern", "main2", "main"],
    ["another letter case", "main", "Main"],
    ["a uid that is no number", "user-{uid}.slice", "user-jessie.slice"],
    ["a uid with a leading zero", "user-{uid}.slice", "user-01000.slice"],
    ["the uid of nobody", "user-{uid}.slice", "user-4294967295.slice"],
  ])("does not match %s", (_, pattern, text) => {
    expect(read(pattern, text)).toBeUndefined();
  });

  it("calls a text ambiguous that can be read in several ways", () => {
    expect(read("{a}-{b}", "jessie-jr-main")).toBe("ambiguous");
    expect(read("{a}a{b}", "aaaa")).toBe("ambiguous");
  });

  it("does not miscount, however many ways there are", () => {
    const found = Array.from({ length: 600 }, (_, index) => read("{a}a{b}", "a".repeat(4 + index)));
    expect(new Set(found)).toEqual(new Set(["ambiguous"]));
  });

  it("wants the same text for a part that is known", () => {
    expect(read("user@{uid}.service", "user@1000.service", { uid: "1000" })).toEqual({});
    expect(read("user@{uid}.service", "user@1001.service", { uid: "1000" })).toBeUndefined();
    expect(read("{a}-{b}", "jessie-jr-main", { a: "jessie-jr" })).toEqual({ b: "main" });
  });

  it("finds what trying all ways finds", () => {
    const literal = fc.string({ unit: fc.constantFrom("a", "-", "1"), minLength: 1, maxLength: 2 });
    const part = fc.constantFrom("x", "y", "uid");
    const pattern = fc.array(
      fc.oneof(
        literal,
        part.map((name) => `{${name}}`),
      ),
      { minLength: 1, maxLength: 5 },
    );
    const text = fc.string({ unit: fc.constantFrom("a", "-", "1", "0"), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (patternParts, value) => {
        const pieces = parseTextWithParts(patternParts.join("")).map(numbered);
        const all = allReadings(pieces, value);
        const found = readComponent(pieces, value, new Map());
        if (all.length === 1) expect(found).toEqual(all[0]);
        else expect(found).toBe(all.length === 0 ? undefined : "ambiguous");
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no longer than the length times the pieces on a text that nearly matches everywhere", () => {
    expect(read("{a}a{b}a{c}a{d}a{e}b", "a".repeat(255))).toBeUndefined();
    expect(read("{a}a{b}a{c}a{d}a{e}", "a".repeat(255))).toBe("ambiguous");
  });
});

/** Each part of a name of its own, except `uid`, which may stand several times here as no pattern has it. */
function numbered(piece: Piece, index: number): Piece {
  return piece.type === "part" && piece.name !== "uid"
    ? { type: "part", name: `${piece.name}${String(index)}` }
    : piece;
}

function allReadings(pieces: readonly Piece[], text: string): Map<string, string>[] {
  const [piece, ...rest] = pieces;
  if (piece === undefined) return text === "" ? [new Map<string, string>()] : [];
  if (piece.type === "text")
    return text.startsWith(piece.text) ? allReadings(rest, text.slice(piece.text.length)) : [];
  return Array.from(text, (_, index) => text.slice(0, index + 1))
    .filter((value) => piece.name !== "uid" || parseUid(value) !== undefined)
    .flatMap((value) =>
      allReadings(rest, text.slice(value.length)).map((tail) => new Map([[piece.name, value], ...tail])),
    );
}
