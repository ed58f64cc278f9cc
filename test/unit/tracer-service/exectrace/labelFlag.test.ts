import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLabelFlags } from "../../../../tracer-service/exectrace/labelFlag.ts";

describe("parseLabelFlags", () => {
  const accepted: [string, string[], Record<string, string>][] = [
    ["no flag", [], {}],
    [
      "one label a flag",
      ["username=jessie", "workspace_name=main"],
      { username: "jessie", workspace_name: "main" },
    ],
    [
      "several labels with commas",
      ["username=jessie,workspace_name=main"],
      { username: "jessie", workspace_name: "main" },
    ],
    [
      "white space around keys and values",
      [" username = jessie ", "a=b, c=d"],
      { username: "jessie", a: "b", c: "d" },
    ],
    ["an equals sign in a value", ["token=YWJj=="], { token: "YWJj==" }],
    [
      "a label without a value, which is left out",
      ["user_email=", "username=jessie"],
      { username: "jessie" },
    ],
    ["the same label twice", ["username=jessie", "username=jessie"], { username: "jessie" }],
    ["names in other scripts", ["username=žofie"], { username: "žofie" }],
    [
      "the longest key and value",
      [`${"k".repeat(128)}=${"v".repeat(512)}`],
      { ["k".repeat(128)]: "v".repeat(512) },
    ],
  ];
  it.each(accepted)("reads %s", (_name, flags, labels) => {
    expect(parseLabelFlags(flags)).toEqual(labels);
  });

  it.each([
    ["no equals sign", "username", /expected key=value/],
    ["an empty flag", "", /expected key=value/],
    ["a comma at the end", "username=jessie,", /expected key=value/],
    ["a comma in a value", "name=Doe, Jane", /commas only between labels/],
    ["no key", "=jessie", /expected a key/],
    ["a blank key", " =jessie", /expected a key/],
    ["a key that is too long", `${"k".repeat(129)}=v`, /a key of at most 128 characters/],
    ["a value that is too long", `k=${"v".repeat(513)}`, /a value of at most 512 characters/],
    ["a line break", "username=jes\nsie", /a value of visible characters/],
    ["an escape sequence in a key", "user\u001b[2Jname=jessie", /a key of visible characters/],
    ["a direction change", "username=\u202eeissej", /a value of visible characters/],
    ["bytes that were not UTF-8", "username=\ufffd", /a value of visible characters/],
  ])("refuses %s in one line", (_name, flag, message) => {
    expect(() => parseLabelFlags([flag])).toThrow(message);
    expect(() => parseLabelFlags([flag])).toThrow(/^--label: [^\n]+$/);
  });

  it.each([
    ["in two flags", ["username=jessie", "username=alice"]],
    ["smuggled in by a comma", ["username=eve", "user_name=Eve,username=alice"]],
  ])("refuses two values of one label %s", (_name, flags) => {
    expect(() => parseLabelFlags(flags)).toThrow(/one value for "username", found "\w+" and "alice"/);
  });

  it("refuses more than 64 labels", () => {
    const flags = Array.from({ length: 65 }, (_, index) => `label${String(index)}=x`);
    expect(Object.keys(parseLabelFlags(flags.slice(1)))).toHaveLength(64);
    expect(() => parseLabelFlags(flags)).toThrow(/at most 64 labels, found 65/);
  });

  it("takes names that objects already have for labels like any other", () => {
    const labels = parseLabelFlags(["__proto__=x", "constructor=y"]);
    expect(Object.entries(labels)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  it("gives back any labels of printable characters", () => {
    const word = fc.stringMatching(/^[!-+\--<>-~]{1,40}$/);
    fc.assert(
      fc.property(fc.dictionary(word, word, { maxKeys: 20 }), (labels) => {
        const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
        expect(Object.entries(parseLabelFlags(pairs))).toEqual(Object.entries(labels));
        if (pairs.length > 0) {
          expect(Object.entries(parseLabelFlags([pairs.join(",")]))).toEqual(Object.entries(labels));
        }
      }),
    );
  });
});
