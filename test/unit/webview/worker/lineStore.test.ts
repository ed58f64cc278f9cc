import { describe, expect, it } from "vitest";
import { LineStore } from "../../../../webview/worker/lineStore.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe("LineStore", () => {
  it("finds each line again, packed or not", async () => {
    const store = new LineStore({
      pack: (text) => Promise.resolve(encoder.encode(text)),
      unpack: (bytes) => Promise.resolve(decoder.decode(bytes)),
    });
    const numbers = Array.from({ length: 2_100 }, (_, line) => store.keep(`line ${String(line)}`));
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
    for (let line = 0; line < 1_000; line++) store.keep(`line ${String(line)}`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.packing).toBe(0);
    expect(await store.read(7)).toBe("line 7");
  });
});
