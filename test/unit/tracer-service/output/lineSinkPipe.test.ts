import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LineSink } from "../../../../tracer-service/output/lineSink.ts";
import { monotonicClock } from "../../../../tracer-service/output/lineSinkClock.ts";
import type { LineSinkReport } from "../../../../tracer-service/output/lineSinkReport.ts";
import { openLogFile, openStdout } from "../../../../tracer-service/output/outputFile.ts";

vi.setConfig({ testTimeout: 60_000 });
const patiently = { timeout: 30_000, interval: 2 };

let folder: string;
let reader: number | undefined;
let inherited: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "line-sink-pipe-"));
  const path = join(folder, "fifo");
  execFileSync("mkfifo", [path]);
  reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  inherited = openSync(path, constants.O_WRONLY);
});

afterEach(() => {
  closeReader();
  closeSync(inherited);
  rmSync(folder, { recursive: true });
});

function closeReader(): void {
  if (reader !== undefined) {
    closeSync(reader);
    reader = undefined;
  }
}

/** `count` lines of 1,000 bytes, each different. */
function makeLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(999, ".") + "\n");
}

/** Reads what the pipe holds now. */
function readAvailable(): string {
  const chunk = Buffer.alloc(1024 * 1024);
  let content = "";
  while (reader !== undefined) {
    try {
      const count = readSync(reader, chunk, 0, chunk.length, null);
      if (count === 0) {
        break;
      }
      content += chunk.toString("latin1", 0, count);
    } catch {
      break; // EAGAIN: empty, and the writer is still there.
    }
  }
  return content;
}

function makeSink() {
  const reports: LineSinkReport[] = [];
  const sink = new LineSink(openStdout(inherited), {
    clock: monotonicClock,
    report: (report) => reports.push(report),
  });
  return { sink, reports };
}

describe("LineSink on a real pipe", () => {
  it("waits for a reader that does not read, lets the event loop run, and loses nothing", async () => {
    const { sink, reports } = makeSink();
    const lines = makeLines(2_500);
    for (const line of lines) {
      sink.write(line);
    }
    expect(sink.saturated).toBe(true);
    await vi.waitFor(() => {
      expect(sink.statistics.blocks).toBe(1);
    }, patiently);
    expect(sink.pendingBytes).toBeGreaterThan(1_000_000);
    let content = "";
    await vi.waitFor(() => {
      content += readAvailable();
      expect(sink.pendingBytes).toBe(0);
    }, patiently);
    await sink.whenWritable();
    expect(content + readAvailable()).toBe(lines.join(""));
    expect(await sink.close(0)).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
    expect(reports).toEqual([]);
  });

  it("gives up at the deadline, and what it says is unsent is what did not arrive", async () => {
    const { sink } = makeSink();
    const lines = makeLines(1_500);
    sink.write(lines.join(""));
    const { unsentLines, unsentBytes, stuck } = await sink.close(20);
    const content = readAvailable();
    expect(stuck).toBe(false);
    expect(lines.join("").startsWith(content)).toBe(true);
    expect(unsentBytes).toBe(1_500_000 - content.length);
    expect(unsentLines).toBe(1_500 - Math.floor(content.length / 1_000));
    expect(unsentLines).toBeGreaterThan(0);
  });

  it.each(["before the first line", "after it"])("ends when its reader goes away %s", async (when) => {
    if (when === "before the first line") {
      closeReader();
    }
    const { sink, reports } = makeSink();
    if (when === "after it") {
      sink.write("first\n");
      await vi.waitFor(() => {
        expect(sink.pendingBytes).toBe(0);
      }, patiently);
      closeReader();
    }
    sink.write("a\nb\n");
    await vi.waitFor(() => {
      expect(sink.state).toBe("closed");
    }, patiently);
    expect(reports).toEqual([{ type: "failed", error: expect.any(Error) as Error }]);
    expect(reports.map((report) => "error" in report && report.error.message)).toEqual([
      "could not write to stdout: EPIPE: broken pipe, write; 2 lines (4 bytes) were not written; " +
        "start the service again with something that reads its output",
    ]);
    expect(await sink.close(0)).toEqual({ unsentLines: 2, unsentBytes: 4, stuck: false });
  });
});

describe("LineSink on /dev/full", () => {
  it("stalls, and closes with the lines counted", async () => {
    const reports: LineSinkReport[] = [];
    const report = (item: LineSinkReport) => reports.push(item);
    const sink = new LineSink(openLogFile("/dev/full"), { clock: monotonicClock, report });
    sink.write("a\nb\n");
    await vi.waitFor(() => {
      expect(sink.state).toBe("stalled");
    }, patiently);
    expect(await sink.close(0)).toEqual({ unsentLines: 2, unsentBytes: 4, stuck: false });
    expect(reports.map((item) => "error" in item && item.error.message)).toEqual([
      'could not write to "/dev/full", will keep trying: ENOSPC: no space left on device, write',
    ]);
  });
});

/** Writes 2,000 lines to its stdout, closes the sink on SIGTERM, says on stderr what it did not write, and exits. */
const service = `
  import { LineSink } from "./tracer-service/output/lineSink.ts";
  import { monotonicClock } from "./tracer-service/output/lineSinkClock.ts";
  import { openStdout } from "./tracer-service/output/outputFile.ts";
  import { writeSync } from "node:fs";
  const sink = new LineSink(openStdout(), { clock: monotonicClock, report: () => undefined });
  process.on("SIGTERM", async () => {
    sink.write("last\\n");
    writeSync(2, JSON.stringify(await sink.close(Number(process.argv[1]))));
    process.exit(7);
  });
  for (let index = 0; index < 2000; index += 1) {
    sink.write(String(index).padStart(999, ".") + "\\n");
  }
  setInterval(() => undefined, 1000);
  writeSync(2, "ready\\n");
`;
const everything = makeLines(2_000).join("") + "last\n";

function startService(deadlineMs: number, stdio: StdioOptions): ChildProcess {
  const folderOfSources = join(import.meta.dirname, "../../../..");
  const args = ["--input-type=module", "--eval", service, String(deadlineMs)];
  return spawn(process.execPath, args, { cwd: folderOfSources, stdio });
}

/** Sends SIGTERM once all lines are queued; resolves with what the service said, when it has exited. */
async function terminate(child: ChildProcess): Promise<unknown> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await vi.waitFor(() => {
    expect(said).toContain("ready\n");
  }, patiently);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const stopped = new AbortController();
  const timeout = sleep(30_000, ["still running"], { signal: stopped.signal });
  const [status] = (await Promise.race([exited, timeout])) as unknown[];
  stopped.abort();
  await timeout.catch(() => undefined);
  if (status === "still running") {
    child.kill("SIGKILL");
  }
  expect(status).toBe(7);
  return JSON.parse(said.replace("ready\n", ""));
}

describe("a process whose stdout is blocked", () => {
  function expectExact(content: string, unsent: unknown): void {
    expect(everything.startsWith(content)).toBe(true);
    const rest = everything.slice(content.length);
    expect(rest.length).toBeGreaterThan(0);
    expect(unsent).toEqual({
      unsentLines: rest.split("\n").length - 1,
      unsentBytes: rest.length,
      stuck: false,
    });
  }

  it("exits after SIGTERM with exact counts when stdout is a pipe", async () => {
    const child = startService(200, ["ignore", inherited, "pipe"]);
    const unsent = await terminate(child);
    expectExact(readAvailable(), unsent);
  });

  it("exits after SIGTERM with exact counts when stdout is a socket", async () => {
    const child = startService(200, ["ignore", "pipe", "pipe"]); // Node's pipes are sockets.
    // Read from the moment of its exit, before Node throws away what nobody reads.
    const content = new Promise<string>((resolve) => {
      child.once("exit", () => {
        resolve(child.stdout === null ? "" : text(child.stdout));
      });
    });
    const unsent = await terminate(child);
    expectExact(await content, unsent);
  });

  it("writes everything up to SIGTERM when the reader goes on in time", async () => {
    const child = startService(60_000, ["ignore", "pipe", "pipe"]);
    const terminated = terminate(child);
    const content = child.stdout === null ? "" : await text(child.stdout);
    expect(await terminated).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
    expect(content).toBe(everything);
  });
});
