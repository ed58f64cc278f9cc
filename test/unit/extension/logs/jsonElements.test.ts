import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { JsonElements } from "../../../../extension/logs/jsonElements.ts";

function scan(text: string, chunk: number, maxLength = 1_000_000): { elements: unknown[]; others: number } {
  const elements: unknown[] = [];
  let others = 0;
  const scanner = new JsonElements(maxLength, {
    element: (element) => {
      expect(element).not.toMatch(/[\r\n]/);
      elements.push(JSON.parse(element));
    },
    other: () => {
      others++;
    },
  });
  for (let at = 0; at < text.length; at += chunk) scanner.push(text.slice(at, at + chunk));
  scanner.end();
  return { elements, others };
}

const RECORD = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
  fc.array(fc.jsonValue({ maxDepth: 3 })),
);

describe("JsonElements", () => {
  it("finds the records of any list, however it is written and cut", () => {
    fc.assert(
      fc.property(
        fc.array(RECORD),
        fc.constantFrom(undefined, 1, "\t"),
        fc.integer({ min: 1, max: 50 }),
        (records, indent, chunk) => {
          const expected = { elements: JSON.parse(JSON.stringify(records)) as unknown, others: 0 };
          expect(scan(JSON.stringify(records, undefined, indent), chunk)).toEqual(expected);
          const around = { status: "ok", counts: { all: 1 }, numbers: [1, 2], records, token: "]}" };
          if (records.length > 0)
            expect(scan(JSON.stringify(around, undefined, indent), chunk)).toEqual(expected);
        },
      ),
    );
  });

  it("takes an object without a list of records as one, also after another", () => {
    const text = '{"a": {"b": [{"c": 1}]},\n "d": [1, 2]}\n{"e": 2}{"f": 3}';
    expect(scan(text, 3)).toEqual({
      elements: [{ a: { b: [{ c: 1 }] }, d: [1, 2] }, { e: 2 }, { f: 3 }],
      others: 0,
    });
  });

  it("goes on behind an element that is too long", () => {
    expect(scan(`[{"a":"${"x".repeat(100)}"},{"b":1}]`, 7, 50)).toEqual({ elements: [{ b: 1 }], others: 1 });
  });

  it("goes on in the line after text that does not end", () => {
    expect(scan('[{"a": "cut off\n[{"b": 1}]', 100)).toEqual({ elements: [{ b: 1 }], others: 1 });
  });
});
