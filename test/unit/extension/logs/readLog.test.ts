import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

import { fileInput } from "../../../../extension/logs/logInput.ts";
import type { LogInput } from "../../../../extension/logs/logInput.ts";
import { readLog } from "../../../../extension/logs/readLog.ts";
import type { LogBatch } from "../../../../extension/logs/readLog.ts";
import { bytesInput } from "./bytesInput.ts";
import { sidecarLine } from "./fixtureLines.ts";

/** Lines that compress badly, so that a cut file still holds whole ones. */
const LINES = Array.from({ length: 200 }, (_, i) => sidecarLine(`echo ${String(Math.sin(i + 1))}`));
const TEXT = `${LINES.join("\n")}\nno event\n`;

interface WholeLog {
  readonly text: string;
  readonly last: LogBatch | undefined;
  readonly failure: unknown;
}

async function readWhole(input: LogInput): Promise<WholeLog> {
  let text = "";
  let last: LogBatch | undefined;
  try {
    for await (const batch of readLog(input)) {
      text += batch.lines;
      last = batch;
    }
  } catch (failure) {
    return { text, last, failure };
  }
  return { text, last, failure: undefined };
}

describe("readLog", () => {
  it.each([
    ["plain text", Buffer.from(TEXT)],
    ["gzip", gzipSync(TEXT)],
    ["gzip of several members", Buffer.concat([gzipSync(TEXT.slice(0, 5_000)), gzipSync(TEXT.slice(5_000))])],
  ])("reads %s", async (_, bytes) => {
    for (const chunkBytes of [1, 1_000, bytes.length]) {
      const { text, last, failure } = await readWhole(bytesInput(bytes, chunkBytes));
      expect(failure).toBeUndefined();
      expect(text).toBe(`${LINES.join("\n")}\n`);
      expect(last).toMatchObject({ events: LINES.length, otherLines: 1, readBytes: bytes.length });
    }
  });

  it.each([
    ["ends too soon", (gzip: Buffer) => gzip.subarray(0, gzip.length / 2), "Z_BUF_ERROR"],
    [
      "is damaged",
      (gzip: Buffer) => Buffer.concat([gzip.subarray(0, gzip.length / 2), Buffer.alloc(gzip.length, 0xff)]),
      "Z_DATA_ERROR",
    ],
  ])("gives out what comes before the place where gzip %s", async (_, spoil, code) => {
    const { text, last, failure } = await readWhole(bytesInput(spoil(gzipSync(TEXT))));
    expect(failure).toMatchObject({ code });
    expect(last?.events).toBeGreaterThan(LINES.length / 4);
    expect(TEXT.startsWith(text)).toBe(true);
    expect(text.split("\n")).toHaveLength((last?.events ?? 0) + 1);
  });

  it("reads no further than it is asked to", async () => {
    let read = 0;
    const input: LogInput = {
      ...bytesInput(Buffer.alloc(0)),
      async *read() {
        for (; read < 100; read++)
          yield await Promise.resolve(Buffer.from(`${sidecarLine("a".repeat(300_000))}\n`));
      },
    };
    const batches = readLog(input);
    await batches.next();
    await batches.next();
    expect(read).toBeLessThan(4);
    await batches.return();
  });

  it("gives one batch without lines for an empty file", async () => {
    const { last, failure } = await readWhole(bytesInput(Buffer.alloc(0)));
    expect(failure).toBeUndefined();
    expect(last).toEqual({ lines: "", events: 0, otherLines: 0, readBytes: 0 });
  });

  it("tells the events in the order of their lines", async () => {
    const commands: string[] = [];
    const batches = readLog(bytesInput(Buffer.from(TEXT)), (event) => {
      if (event.type === "exec") commands.push(event.cmdline);
    });
    for await (const batch of batches) expect(commands).toHaveLength(batch.events);
    expect(commands).toEqual(
      LINES.map((line) => (JSON.parse(line) as { fields: { cmdline: string } }).fields.cmdline),
    );
  });
});

describe("fileInput", () => {
  it("reads a file, knows its size, and fails for one that is not there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "logs-"));
    try {
      const path = join(folder, "recorded.log");
      await writeFile(path, TEXT);
      const input = fileInput(path);
      expect(input.name).toBe("recorded.log");
      expect(await input.sizeBytes()).toBe(Buffer.byteLength(TEXT));
      expect((await readWhole(input)).last).toMatchObject({ events: LINES.length });
      expect((await readWhole(fileInput(join(folder, "none")))).failure).toMatchObject({ code: "ENOENT" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
