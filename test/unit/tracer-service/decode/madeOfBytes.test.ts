import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MadeOfBytes } from "../../../../tracer-service/decode/madeOfBytes.ts";

const START = 8;

/** The bytes as they lie in a record: something else before and behind them. */
function words(bytes: Uint8Array, around: number): Uint32Array {
  const memory = new Uint8Array(START + Math.ceil(bytes.length / 4) * 4 + 4).fill(around);
  memory.set(bytes, START);
  return new Uint32Array(memory.buffer);
}

const find = (known: MadeOfBytes<string>, bytes: Uint8Array, around = 0): string | undefined =>
  known.find(words(bytes, around), START, START + bytes.length);
const keep = (known: MadeOfBytes<string>, bytes: Uint8Array, made: string, around = 0): void => {
  known.keep(words(bytes, around), START, START + bytes.length, made);
};

describe("what was made of bytes", () => {
  it("is found by these bytes and no others", () => {
    // Few values: alike, and different in one place or in length only.
    const bytes = fc.uint8Array({ max: 2, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 30 }), bytes, (kept, other) => {
        const known = new MadeOfBytes<string>();
        for (const each of kept) {
          keep(known, each, Buffer.from(each).toString("hex"), 0xff);
          expect(find(known, each, 0x55)).toBe(Buffer.from(each).toString("hex"));
        }
        for (const each of [...kept, other]) {
          expect([undefined, Buffer.from(each).toString("hex")]).toContain(find(known, each));
        }
      }),
    );
  });

  it("is the latest that was made of them", () => {
    const known = new MadeOfBytes<string>();
    keep(known, Buffer.from("/usr/bin/make"), "first");
    keep(known, Buffer.from("/usr/bin/make"), "second");
    expect(find(known, Buffer.from("/usr/bin/make"))).toBe("second");
  });

  it("is mostly still there when hundreds of others are", () => {
    const known = new MadeOfBytes<string>();
    const paths = Array.from({ length: 300 }, (_, i) => `/usr/bin/tool-${String(i)}`);
    for (const path of paths) keep(known, Buffer.from(path), path);
    const found = paths.filter((path) => find(known, Buffer.from(path)) === path);
    expect(found.length).toBeGreaterThan(200);
  });

  it("is not remembered where they are more than have a place", () => {
    const known = new MadeOfBytes<string>();
    for (const length of [511, 512, 513, 65_535]) {
      const bytes = new Uint8Array(length).fill(1);
      keep(known, bytes, "made");
      expect(find(known, bytes)).toBe(length < 512 ? "made" : undefined);
    }
  });

  it("is not found in memory that ends before them", () => {
    const known = new MadeOfBytes<string>();
    keep(known, new Uint8Array(16), "zeros");
    expect(known.find(new Uint32Array(2), 0, 16)).toBeUndefined();
  });
});
