import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TestContext } from "vitest";
import { LineSink } from "../../../../tracer-service/output/lineSink.ts";
import { monotonicClock } from "../../../../tracer-service/output/lineSinkClock.ts";
import type { LineSinkClock } from "../../../../tracer-service/output/lineSinkClock.ts";
import type { LineSinkReport } from "../../../../tracer-service/output/lineSinkReport.ts";
import { openLogFile } from "../../../../tracer-service/output/outputFile.ts";

vi.setConfig({ testTimeout: 60_000 });
const patiently = { timeout: 30_000, interval: 2 };

/** Real time, but nobody has to sit out a back-off. */
const hurriedClock: LineSinkClock = {
  nowMs: () => monotonicClock.nowMs(),
  after: (delayMs, callback) => monotonicClock.after(Math.min(delayMs, 10), callback),
};

function makeSink(path: string, clock: LineSinkClock) {
  const types: string[] = [];
  const report = ({ type }: LineSinkReport) => types.push(type);
  const openAgain = () => openLogFile(path);
  return { sink: new LineSink(openAgain(), { clock, report, openAgain }), types };
}

/** `count` lines of 1,000 bytes, each different. */
function makeLines(count: number): string {
  return Array.from({ length: count }, (_, index) => String(index).padStart(999, ".") + "\n").join("");
}

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "line-sink-disk-"));
  path = join(folder, "log");
});

describe("LineSink on a real file", () => {
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("loses and splits no line when the file is rotated under load", async () => {
    const { sink, types } = makeSink(path, monotonicClock);
    const lines = makeLines(3_000);
    const contents: string[] = [];
    for (let rotation = 0; rotation < 10; rotation += 1) {
      for (let part = 0; part < 3; part += 1) {
        const start = (rotation * 3 + part) * 100_000;
        sink.write(lines.slice(start, start + 100_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      renameSync(path, `${path}.${String(rotation)}`);
      sink.reopen();
      await vi.waitFor(() => {
        expect(types).toHaveLength(rotation + 1);
      }, patiently);
      contents.push(readFileSync(`${path}.${String(rotation)}`, "latin1"));
    }
    expect(await sink.close(10_000)).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
    contents.push(readFileSync(path, "latin1"));
    expect(contents.join("")).toBe(lines);
    expect(contents.every((content) => content === "" || content.endsWith("\n"))).toBe(true);
    expect(new Set(types)).toEqual(new Set(["reopened"]));
    expect(sink.statistics).toMatchObject({ linesWritten: 3_000, bytesWritten: 3_000_000 });
  });

  it("keeps lines apart from one that an earlier run left broken", async () => {
    writeFileSync(path, '{"half');
    const { sink } = makeSink(path, monotonicClock);
    sink.write("a\n");
    await sink.close(10_000);
    expect(readFileSync(path, "utf8")).toBe('{"half\na\n');
  });

  it("stays with the rotated file when the new one can't be opened", async () => {
    const { sink, types } = makeSink(path, monotonicClock);
    const rotated = mkdtempSync(join(tmpdir(), "line-sink-disk-"));
    renameSync(path, join(rotated, "log.1"));
    rmdirSync(folder);
    sink.reopen();
    sink.write("a\n");
    await sink.close(10_000);
    expect(types).toEqual(["reopenFailed"]);
    expect(readFileSync(join(rotated, "log.1"), "utf8")).toBe("a\n");
    folder = rotated;
  });
});

describe("LineSink on a full disk", () => {
  let mounted: boolean;
  let whyNot = "";

  beforeEach(() => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], { stdio: "pipe" });
      mounted = true;
    } catch (error) {
      mounted = false;
      whyNot = error instanceof Error ? error.message.trim() : String(error);
    }
  });

  afterEach(() => {
    if (mounted) {
      execFileSync("umount", [folder]);
    }
    rmSync(folder, { recursive: true });
  });

  function needDisk(context: TestContext): void {
    if (mounted) {
      return;
    }
    if (process.env["CI"] === "true") {
      throw new Error(`a full disk can't be tested: ${whyNot}`);
    }
    console.warn(`SKIPPED, needs root to mount a small disk: ${whyNot}`);
    context.skip();
  }

  it("holds whole lines only once there is room again", async (context) => {
    needDisk(context);
    const filler = join(folder, "filler");
    writeFileSync(filler, Buffer.alloc(128 * 1024));
    const { sink, types } = makeSink(path, hurriedClock);
    const lines = makeLines(200);
    sink.write(lines);
    await vi.waitFor(() => {
      expect(types).toEqual(["stalled"]);
    }, patiently);
    const begun = readFileSync(path, "latin1");
    expect(begun.length % 1_000).not.toBe(0);
    rmSync(filler);
    await vi.waitFor(() => {
      expect(types).toEqual(["stalled", "recovered"]);
    }, patiently);
    expect(readFileSync(path, "latin1")).toBe(lines);
    expect(await sink.close(10_000)).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
  });

  it("lets go of a deleted log that fills the disk, and begins the new one with a whole line", async (context) => {
    needDisk(context);
    const { sink, types } = makeSink(path, hurriedClock);
    const lines = makeLines(300);
    sink.write(lines);
    await vi.waitFor(() => {
      expect(types).toEqual(["stalled"]);
    }, patiently);
    rmSync(path);
    sink.reopen();
    await vi.waitFor(() => {
      expect(types).toEqual(["stalled", "reopened", "recovered"]);
    }, patiently);
    const content = readFileSync(path, "latin1");
    expect(content.length % 1_000).toBe(0);
    expect(content.length).toBeGreaterThan(0);
    expect(lines.endsWith(content)).toBe(true);
    await sink.close(10_000);
  });

  it("counts what a disk that stays full left unsent", async (context) => {
    needDisk(context);
    const { sink } = makeSink(path, hurriedClock);
    sink.write(makeLines(300));
    await vi.waitFor(() => {
      expect(sink.state).toBe("stalled");
    }, patiently);
    const { unsentLines, unsentBytes, stuck } = await sink.close(10);
    const written = readFileSync(path).length;
    expect({ unsentLines, unsentBytes, stuck }).toEqual({
      unsentLines: 300 - Math.floor(written / 1_000),
      unsentBytes: 300_000 - written,
      stuck: false,
    });
  });
});
