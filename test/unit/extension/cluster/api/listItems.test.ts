import { describe, expect, it } from "vitest";
import type { Json } from "../../../../../extension/cluster/api/json.ts";
import { ListItems } from "../../../../../extension/cluster/api/listItems.ts";
import type { Wanted } from "../../../../../extension/cluster/api/wantedParts.ts";

function read(
  text: string,
  partBytes = Infinity,
  wanted?: Wanted,
): { readonly items: Json[]; readonly frame: Json } {
  const items: Json[] = [];
  const list = new ListItems((item) => items.push(item), wanted);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += partBytes) list.push(bytes.subarray(at, at + partBytes));
  return { items, frame: list.end() };
}

const metadata = { resourceVersion: "7" };
const LISTS: Record<string, { readonly items: Json[] }> = {
  "no item": { items: [] },
  "one item": { items: [{ metadata: { uid: "a" } }] },
  "lists and objects within items": {
    items: [{ a: [{ metadata: {} }, [1, [2]]], b: {} }, {}, { c: [[]], d: { items: [{ e: 1 }] } }],
  },
  "what looks like JSON within texts": {
    items: [{ a: '"}],[{"', b: "\\", c: '\\"' }, { '{"[': "]}" }],
  },
  "text of more bytes than characters": { items: [{ a: "ä€😀" }, { "😀": ["€"] }] },
};

describe("ListItems", () => {
  const cases = Object.entries(LISTS).map(([name, { items }]) => ({ name, items }));

  it.each(cases)("finds $name, wherever the parts of the answer begin", ({ items }) => {
    for (const indent of [undefined, 2]) {
      const text = JSON.stringify({ kind: "PodList", metadata, items, more: { a: [] } }, undefined, indent);
      for (let partBytes = 1; partBytes <= 16; partBytes++) {
        expect(read(text, partBytes)).toEqual({
          items,
          frame: { kind: "PodList", metadata, items: [], more: { a: [] } },
        });
      }
    }
  });

  it.each<[string, Wanted, Json, Json]>([
    ["members", { a: true, b: true }, { a: 1, x: 2, b: "c", y: [3] }, { a: 1, b: "c" }],
    ["none of the members", { z: true }, { a: 1, x: { z: 2 } }, {}],
    ["members of members", { a: { b: true } }, { a: { x: 1, b: { c: 2 } }, b: 3 }, { a: { b: { c: 2 } } }],
    [
      "members of each item of a list",
      { a: { b: true } },
      { a: [{ x: [1, "]"], b: 2 }, {}, { b: null, y: {} }, 7] },
      { a: [{ b: 2 }, {}, { b: null }, 7] },
    ],
    [
      "what is no object where an object is expected",
      { a: { b: true }, c: { d: true } },
      { a: "b", c: null },
      { a: "b", c: null },
    ],
    [
      "values of every kind",
      { a: true, e: true },
      { x: -1.5e3, y: true, z: null, a: false, u: '"}],', e: -2 },
      { a: false, e: -2 },
    ],
    ["names with what ends names in them", { 'a"b': true, a: true }, { 'a"b': 1, "\\": 2, a: 3 }, { a: 3 }],
    ["names of more bytes than characters", { "€": true }, { "x€": 1, "€": 2 }, { "€": 2 }],
  ])("keeps only %s, wherever the parts of the answer begin", (_, wanted, item, expected) => {
    for (const indent of [undefined, 2]) {
      const text = JSON.stringify({ kind: "PodList", items: [item, item], metadata }, undefined, indent);
      for (let partBytes = 1; partBytes <= 24; partBytes++) {
        expect(read(text, partBytes, wanted)).toEqual({
          items: [expected, expected],
          frame: { kind: "PodList", items: [], metadata },
        });
      }
    }
  });

  it("has room for no more than what is wanted", () => {
    const items: Json[] = [];
    const list = new ListItems((item) => items.push(item), { b: true });
    list.push(Buffer.from('{"items":[{"a":"'));
    const mega = Buffer.alloc(1024 * 1024, "x");
    for (let count = 0; count < 16; count++) list.push(mega);
    list.push(Buffer.from('","b":1}'));
    expect(items).toEqual([{ b: 1 }]);
  });

  it("gives an item before the next one has come", () => {
    const items: Json[] = [];
    const list = new ListItems((item) => items.push(item));
    list.push(Buffer.from('{"items":[{"a":1},{"b"'));
    expect(items).toEqual([{ a: 1 }]);
  });

  it("takes items that are null, as an empty list may be written, for none", () => {
    expect(read('{"metadata":{},"items":null}')).toEqual({ items: [], frame: { metadata: {}, items: null } });
  });

  it.each([
    ["an answer without an end", '{"items":[{"a":1},'],
    ["an item that is no JSON", '{"items":[{"a":}]}'],
    ["what is no list", "<html>"],
    ["a list alone", '[{"a":1}]'],
    ["an object that ends as a list", '{"items":[{"a":1]}}'],
    ["what follows the answer", '{"items":[]}{}'],
    ["a member without a name", '{1:2,"items":[]}'],
    ["a name without an end", `{"${"x".repeat(70_000)}`],
    ["nothing", ""],
  ])("throws at %s", (_, text) => {
    expect(() => read(text)).toThrow("no JSON or has no end");
  });

  it("takes the longest object that there can be: 1.5 MB of what JSON has as six characters", () => {
    const found: unknown[] = [];
    const list = new ListItems((item) => found.push(item));
    const text = "\\u003c".repeat(1_572_864);
    list.push(Buffer.from(`{"items":[{"a":"${text}"}]}`));
    expect(found).toHaveLength(1);
  });

  it("throws at an item that is too long, before it is whole", () => {
    const list = new ListItems(() => undefined);
    list.push(Buffer.from('{"items":[{"a":"'));
    const mega = Buffer.alloc(1024 * 1024, "x");
    expect(() => {
      for (let count = 0; count < 16; count++) list.push(mega);
    }).toThrow("too long");
  });
});
