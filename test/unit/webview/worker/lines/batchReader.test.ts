import { expect, test } from "vitest";
import type { EventsWork } from "../../../../../webview/worker/lines/arrivals.ts";
import { BatchReader } from "../../../../../webview/worker/lines/batchReader.ts";

function batch(lines: readonly string[]): EventsWork {
  return { type: "events", source: "host", batch: 1, lines: new TextEncoder().encode(lines.join("\n")) };
}

/** Notes what it reads; "bad" fails. */
function noting(): { readonly reader: BatchReader; readonly read: string[] } {
  const read: string[] = [];
  const packedLines = {
    beginPacked: (packed: Uint8Array) => read.push(`begin ${String(packed)}`),
    endPacked: () => read.push("end"),
  };
  const reader = new BatchReader(packedLines, (line, _source, index) => {
    if (line === "bad") throw new Error("bad line");
    read.push(`${String(index)} ${line}`);
  });
  return { reader, read };
}

test("reads each line once over several turns, and leaves out empty ones", () => {
  const lines = Array.from({ length: 50 }, (_, at) => (at === 7 ? "" : `ä${String(at)}`));
  const { reader, read } = noting();
  const work = batch(lines);
  const turns = [1, 2, 3].map(() => reader.read(work, () => true));
  expect(turns).toEqual([false, false, true]);
  expect(read).toEqual(lines.flatMap((line, at) => (line === "" ? [] : [`${String(at)} ${line}`])));
});

test("goes on behind a line that failed", () => {
  const { reader, read } = noting();
  const work = batch(["a", "bad", "b", ""]);
  expect(() => reader.read(work, () => false)).toThrow("bad line");
  expect(reader.read(work, () => false)).toBe(true);
  expect(read).toEqual(["0 a", "2 b"]);
  reader.read(batch(["c"]), () => false);
  expect(read).toEqual(["0 a", "2 b", "0 c"]);
});

test("says where the lines of a packed batch begin and end, also over several turns", () => {
  const { reader, read } = noting();
  const text = `${"a\n".repeat(20)}\nb\n`;
  const work: EventsWork = { ...batch([]), lines: Uint8Array.of(1, 2), unpackedLength: text.length, text };
  expect(reader.read(work, () => true)).toBe(false);
  expect(reader.read(work, () => true)).toBe(true);
  expect([read[0], ...read.slice(-2)]).toEqual(["begin 1,2", "21 b", "end"]);
});
