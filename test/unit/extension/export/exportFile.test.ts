import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CSV_HEADER } from "../../../../extension/export/csvExport.ts";
import { exportToFile } from "../../../../extension/export/exportFile.ts";
import type { ExportFormat, ExportResult } from "../../../../extension/export/exportFile.ts";
import { fileInput } from "../../../../extension/logs/logInput.ts";
import { readLog } from "../../../../extension/logs/readLog.ts";
import type { ExportPart } from "../../../../extension/stream/processStream.ts";
import { parseRecordedLine } from "../../../../protocol/parseRecordedEvent.ts";
import type { RecordedEvent } from "../../../../protocol/recordedEvent.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { anyExec } from "../../tracer-service/output/anyExec.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../../tracer-service/output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "node-1", bootId: "b", maxLineBytes: undefined });
const LINES = [fixtureExec(), fixtureExit(), fixtureLost()].map((event) => formatter.format(event));

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
  path = join(folder, "exported");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** One part a line; after `failAfter` of them, an error. */
async function* parts(lines: readonly string[], failAfter = Infinity): AsyncGenerator<ExportPart> {
  for (const [index, line] of lines.entries()) {
    if (index === failAfter) throw new Error("the tab was closed");
    yield await Promise.resolve({ lines: line, events: index + 1, totalEvents: lines.length });
  }
}

function write(
  from: AsyncIterable<ExportPart>,
  format: ExportFormat = "jsonl",
  options: { signal?: AbortSignal; progress?: (events: number, total: number) => void } = {},
): Promise<ExportResult | undefined> {
  const { signal = new AbortController().signal, progress = () => undefined } = options;
  return exportToFile(from, path, { format, signal, progress });
}

async function eventsIn(file: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of readLog(fileInput(file), (event) => events.push(event))) {
    expect(batch.otherLines).toBe(0);
  }
  return events;
}

describe("exportToFile", () => {
  it("writes the log's own lines", async () => {
    expect(await write(parts(LINES))).toEqual({ events: 3, missing: 0 });
    expect(await readFile(path, "utf8")).toBe(LINES.join(""));
  });

  it("writes comma-separated values under one header", async () => {
    expect(await write(parts(LINES), "csv")).toEqual({ events: 3, missing: 0 });
    const text = await readFile(path, "utf8");
    expect(text.startsWith(`\ufeff${CSV_HEADER}`)).toBe(true);
    expect(text.split("\r\n")).toHaveLength(5);
  });

  it("writes what reads back as the same events", async () => {
    const lines = [...LINES, ...fc.sample(anyExec(), 20).map((event) => formatter.format(event))];
    await write(parts(lines));
    expect(await eventsIn(path)).toEqual(lines.map((line) => parseRecordedLine(line)));
  });

  it("tells its progress", async () => {
    const told: number[][] = [];
    await write(parts(LINES), "jsonl", { progress: (...numbers) => told.push(numbers) });
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("replaces an older file, which only the user may read", async () => {
    await writeFile(path, "older");
    await write(parts(LINES));
    expect(await readdir(folder)).toEqual(["exported"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("leaves nothing behind when it is cancelled, and asks for no more", async () => {
    await writeFile(path, "older");
    const cancel = new AbortController();
    let asked = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<ExportPart> {
      try {
        for (;;)
          yield await Promise.resolve({ lines: LINES[0] ?? "", events: ++asked, totalEvents: 1_000_000 });
      } finally {
        closed = true;
      }
    }
    const progress = (events: number): void => {
      if (events === 3) cancel.abort();
    };
    expect(await write(endless(), "jsonl", { signal: cancel.signal, progress })).toBeUndefined();
    expect([asked, closed]).toEqual([3, true]);
    expect(await readdir(folder)).toEqual(["exported"]);
    expect(await readFile(path, "utf8")).toBe("older");
  });

  it("leaves nothing behind when the parts end because it was cancelled", async () => {
    const cancel = new AbortController();
    const never = new Promise<never>((_, fail) => {
      cancel.signal.addEventListener("abort", () => {
        fail(new Error("cancelled"));
      });
    });
    async function* silent(): AsyncGenerator<ExportPart> {
      yield { lines: LINES[0] ?? "", events: 1, totalEvents: 2 };
      yield await never;
    }
    const written = write(silent(), "jsonl", {
      signal: cancel.signal,
      progress: () => {
        setImmediate(() => {
          cancel.abort();
        });
      },
    });
    expect(await written).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it("tells how many events had gone before they could be written", async () => {
    const part = { lines: LINES.slice(0, 2).join(""), events: 2, totalEvents: 5 };
    async function* some(): AsyncGenerator<ExportPart> {
      yield await Promise.resolve(part);
    }
    expect(await write(some())).toEqual({ events: 2, missing: 3 });
  });

  it("leaves nothing behind when the parts end with an error", async () => {
    await expect(write(parts(LINES, 2))).rejects.toThrow(/the tab was closed/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says where it could not write", async () => {
    path = join(folder, "none", "exported");
    await expect(write(parts(LINES))).rejects.toThrow(/could not export to .*none.*ENOENT/);
  });

  it("writes an empty file for nothing", async () => {
    expect(await write(parts([]))).toEqual({ events: 0, missing: 0 });
    expect(await readFile(path, "utf8")).toBe("");
  });
});
