import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CsvRecords } from "../../../../extension/logs/csvRecords.ts";

function read(text: string, chunk = 1_000, maxLength = 10_000): { records: string[][]; tooLong: number } {
  const records: string[][] = [];
  let tooLong = 0;
  const reader = new CsvRecords(maxLength, {
    record: (fields) => {
      records.push([...fields]);
    },
    tooLong: () => {
      tooLong++;
    },
  });
  for (let at = 0; at < text.length; at += chunk) reader.push(text.slice(at, at + chunk));
  reader.end();
  return { records, tooLong };
}

describe("CsvRecords", () => {
  it.each([
    [
      "plain cells",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["no line end at the end", "a,b", [["a", "b"]]],
    ["Windows' line ends", "a\r\nb\r\n", [["a"], ["b"]]],
    ["empty cells", ",,\n", [["", "", ""]]],
    ["empty lines", "a\n\n\nb", [["a"], ["b"]]],
    ["quotes, commas and line ends in quotes", '"a ""b"", c\r\nd",e', [['a "b", c\r\nd', "e"]]],
    ["an empty quoted cell", '"",a', [["", "a"]]],
    ["a quote within a plain cell", 'a"b,c', [['a"b', "c"]]],
    ["a quote that never ends", '"a,b\nc', [["a,b\nc"]]],
  ])("reads %s", (_, text, records) => {
    for (const chunk of [1, 2, 1_000]) expect(read(text, chunk).records).toEqual(records);
  });

  it("reads back what was quoted, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: 2, maxLength: 4 })),
        fc.integer({ min: 1, max: 9 }),
        (records, chunk) => {
          const text = records
            .map((fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",") + "\r\n")
            .join("");
          expect(read(text, chunk).records).toEqual(records);
        },
      ),
    );
  });

  it("keeps nothing of a record that is too long, and reads the next", () => {
    expect(read(`a,${"b".repeat(200)}\nc,d`, 7, 100)).toEqual({ records: [["c", "d"]], tooLong: 1 });
    expect(read(`${",".repeat(200)}\nc,d`, 7, 100)).toEqual({ records: [["c", "d"]], tooLong: 1 });
  });
});
