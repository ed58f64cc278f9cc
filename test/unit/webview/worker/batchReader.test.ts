import { expect, test } from "vitest";
import { BatchReader } from "../../../../webview/worker/batchReader.ts";

function bytes(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.join("\n"));
}

test("reads each line once over several turns, and leaves out empty ones", () => {
  const lines = Array.from({ length: 50 }, (_, at) => (at === 7 ? "" : `ä${String(at)}`));
  const read: string[] = [];
  const reader = new BatchReader((line) => read.push(line));
  const batch = bytes(lines);
  const turns = [1, 2, 3].map(() => reader.read(batch, "host", () => true));
  expect(turns).toEqual([false, false, true]);
  expect(read).toEqual(lines.filter((line) => line !== ""));
});

test("goes on behind a line that failed", () => {
  const read: string[] = [];
  const reader = new BatchReader((line) => {
    if (line === "bad") throw new Error("bad line");
    read.push(line);
  });
  const batch = bytes(["a", "bad", "b", ""]);
  expect(() => reader.read(batch, "host", () => false)).toThrow("bad line");
  expect(reader.read(batch, "host", () => false)).toBe(true);
  expect(read).toEqual(["a", "b"]);
  reader.read(bytes(["c"]), "host", () => false);
  expect(read).toEqual(["a", "b", "c"]);
});
