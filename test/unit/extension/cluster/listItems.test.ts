import { describe, expect, it } from "vitest";
import type { Json } from "../../../../extension/cluster/json.ts";
import { ListItems } from "../../../../extension/cluster/listItems.ts";

function read(text: string, partBytes = Infinity): { readonly items: Json[]; readonly frame: Json } {
  const items: Json[] = [];
  const list = new ListItems((item) => items.push(item));
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
    ["nothing", ""],
  ])("throws at %s", (_, text) => {
    expect(() => read(text)).toThrow("no JSON or has no end");
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
