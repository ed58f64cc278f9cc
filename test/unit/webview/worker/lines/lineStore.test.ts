import { describe, expect, it } from "vitest";
import { LineStore } from "../../../../../webview/worker/lines/lineStore.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe("LineStore", () => {
  it("finds each line again, packed or not", async () => {
    const store = new LineStore({
      pack: (text) => Promise.resolve(encoder.encode(text)),
      unpack: (bytes) => Promise.resolve(decoder.decode(bytes)),
    });
    const numbers = Array.from({ length: 2_100 }, (_, line) => store.keep(`line ${String(line)}`, line));
    expect(store.packing).toBe(2);
    await Promise.resolve().then(() => undefined);
    for (const line of [0, 999, 1_000, 1_999, 2_000, 2_099]) {
      expect(await store.read(numbers[line] ?? -1)).toBe(`line ${String(line)}`);
    }
    expect(store.packing).toBe(0);
    const { packedBytes } = store;
    for (const number of numbers.slice(0, 1_000)) store.release(number);
    expect(store.packedBytes).toBeLessThan(packedBytes);
    expect(await store.read(numbers[5] ?? -1)).toBeUndefined();
    expect(await store.read(numbers[1_005] ?? -1)).toBe("line 1005");
  });

  it("keeps lines as they are when they can't be packed", async () => {
    const store = new LineStore({
      pack: () => Promise.reject(new Error("no memory")),
      unpack: () => Promise.reject(new Error("nothing to unpack")),
    });
    for (let line = 0; line < 1_000; line++) store.keep(`line ${String(line)}`, line);
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.packing).toBe(0);
    expect(await store.read(7)).toBe("line 7");
  });

  it("finds the lines of packed batches by their index, between others, and lets go of batches of which none is kept", async () => {
    const store = new LineStore({
      pack: (text) => Promise.resolve(encoder.encode(text)),
      unpack: (bytes) => Promise.resolve(decoder.decode(bytes)),
    });
    const before = store.keep("before", 0);
    store.beginPacked(encoder.encode("a\nb\nc\n"));
    store.endPacked();
    expect(store.packedBytes).toBe(0);
    store.beginPacked(encoder.encode("d\n\ne\nf\n"));
    const [d, f] = [store.keep("d", 0), store.keep("f", 3)];
    expect(await store.read(d)).toBe("d");
    store.release(f);
    store.endPacked();
    const after = store.keep("after", 7);
    await Promise.resolve();
    expect(store.packing).toBe(0);
    expect([await store.read(before), await store.read(d), await store.read(after)]).toEqual([
      "before",
      "d",
      "after",
    ]);
    expect(store.packedBytes).toBe("before".length + "d\n\ne\nf\n".length);
    store.release(d);
    expect(await store.read(d)).toBeUndefined();
    expect(store.packedBytes).toBe("before".length);
    expect(await store.read(after)).toBe("after");
  });
});
