import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSink } from "../../../../tracer-service/output/lineSink.ts";
import type { LineSinkOptions } from "../../../../tracer-service/output/lineSink.ts";
import type { LineSinkClock } from "../../../../tracer-service/output/lineSinkClock.ts";
import type { LineSinkReport } from "../../../../tracer-service/output/lineSinkReport.ts";
import type { OutputFile, OutputKind } from "../../../../tracer-service/output/outputFile.ts";

/** Lets everything that waits for promises only go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

class ManualClock implements LineSinkClock {
  private now = 0;
  private readonly timers = new Set<{ atMs: number; callback: () => void }>();

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.now + delayMs, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  get idle(): boolean {
    return this.timers.size === 0;
  }

  async advance(byMs: number): Promise<void> {
    const untilMs = this.now + byMs;
    for (;;) {
      await turn();
      const [next] = [...this.timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > untilMs) {
        this.now = untilMs;
        return;
      }
      this.timers.delete(next);
      this.now = next.atMs;
      next.callback();
    }
  }
}

/** Has room for `room` bytes, then fails with `code`; `hold()` makes writes wait like a slow disk's. */
class MemoryFile implements OutputFile {
  readonly name: string;
  readonly kind: OutputKind;
  readonly endsMidLine: boolean;
  content: string;
  writes = 0;
  room = Infinity;
  code = "ENOSPC";
  deleted = false;
  closed = false;
  abandonable = true;
  private held: PromiseWithResolvers<undefined> | undefined;

  constructor(kind: OutputKind = "file", content = "") {
    this.name = kind === "file" ? '"log"' : "stdout";
    this.kind = kind;
    this.content = content;
    this.endsMidLine = content !== "" && !content.endsWith("\n");
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes += 1;
    await this.held?.promise;
    const count = Math.min(bytes.length, this.room);
    if (count === 0) {
      throw Object.assign(new Error(`${this.code}: write`), { code: this.code });
    }
    this.room -= count;
    this.content += Buffer.from(bytes.subarray(0, count)).toString("latin1");
    return count;
  }

  hold(): void {
    this.held = Promise.withResolvers<undefined>();
  }

  release(): void {
    this.held?.resolve(undefined);
    this.held = undefined;
  }

  discarded(): boolean {
    return this.deleted;
  }

  abandon(): void {
    if (this.abandonable) {
      this.room = Math.min(this.room, 3);
      this.code = "EPIPE";
      this.release();
    }
  }

  close(): void {
    this.closed = true;
  }
}

function makeSink(file: MemoryFile, options: Partial<LineSinkOptions> = {}) {
  const clock = new ManualClock();
  const reports: LineSinkReport[] = [];
  const sink = new LineSink(file, { clock, report: (report) => reports.push(report), ...options });
  const told = () => reports.map((report) => ("error" in report ? report.error.message : report));
  return { sink, clock, reports, told };
}

describe("LineSink", () => {
  it("writes the lines of one turn in order and at once", async () => {
    const file = new MemoryFile();
    const { sink } = makeSink(file);
    sink.write("a\n");
    sink.write("b\nc\n");
    sink.write("");
    expect(sink.pendingBytes).toBe(6);
    await turn();
    expect(file.content).toBe("a\nb\nc\n");
    expect(file.writes).toBe(1);
    expect(sink.pendingBytes).toBe(0);
    const none = { stalls: 0, stalledMs: 0, blocks: 0, blockedMs: 0 };
    expect(sink.statistics).toEqual({ linesWritten: 3, bytesWritten: 6, ...none });
    expect(sink.blockedMs).toBe(0);
  });

  it.each([
    ["no longer than a busy disk takes", 100, 0],
    ["longer", 101, 101],
  ])("counts as blocked what took %s", async (_, ms, blockedMs) => {
    const file = new MemoryFile();
    const { sink, clock } = makeSink(file);
    await clock.advance(1_000);
    file.hold();
    sink.write("x\n");
    await turn();
    await clock.advance(ms);
    file.release();
    await turn();
    expect(sink.statistics).toMatchObject({ linesWritten: 1, blocks: 0, stalls: 0, blockedMs });
  });

  it("has one write in flight at a time, of at most 256 KiB", async () => {
    const file = new MemoryFile();
    const { sink } = makeSink(file);
    file.hold();
    sink.write("x".repeat(599_999) + "\n");
    await turn();
    sink.write("y\n");
    await turn();
    expect(file.writes).toBe(1);
    file.release();
    await turn();
    expect(file.writes).toBe(3);
    expect(file.content).toHaveLength(600_002);
  });

  it("refuses text that is not whole lines", () => {
    const { sink } = makeSink(new MemoryFile());
    expect(() => {
      sink.write("half a line");
    }).toThrow("must end with a newline");
  });

  it("keeps no timer when nothing waits", async () => {
    const { sink, clock } = makeSink(new MemoryFile());
    sink.write("a\n");
    await turn();
    expect(clock.idle).toBe(true);
  });

  it("ends a line that an earlier run left broken, and does not count it", async () => {
    const file = new MemoryFile("file", '{"half');
    const { sink } = makeSink(file);
    await turn();
    expect(file.content).toBe('{"half');
    sink.write("a\n");
    await turn();
    expect(file.content).toBe('{"half\na\n');
    expect(sink.statistics.linesWritten).toBe(1);
  });
});

describe("LineSink whose reader is slow", () => {
  it.each(["EAGAIN", "EINTR"])("waits after %s and goes on where it stopped", async (code) => {
    const file = new MemoryFile("stream");
    const { sink, clock, told } = makeSink(file);
    file.code = code;
    file.room = 3;
    sink.write("first\nsecond\n");
    await turn();
    expect(file.content).toBe("fir");
    file.room = Infinity;
    await clock.advance(1);
    expect(file.content).toBe("first\nsecond\n");
    expect(sink.statistics).toMatchObject({ linesWritten: 2, bytesWritten: 13, stalls: 0, blocks: 1 });
    expect(told()).toEqual([]);
  });

  it("is saturated from the high-water mark down to the low-water mark", async () => {
    const file = new MemoryFile("stream");
    const { sink, clock } = makeSink(file, { highWaterBytes: 10, lowWaterBytes: 4 });
    file.code = "EAGAIN";
    file.room = 0;
    sink.write("123456789\n");
    expect(sink.saturated).toBe(false);
    sink.write("\n");
    expect(sink.saturated).toBe(true);
    let resumed = false;
    void sink.whenWritable().then(() => (resumed = true));
    file.room = 6;
    await clock.advance(100);
    expect([sink.pendingBytes, sink.saturated, resumed]).toEqual([5, true, false]);
    file.room = 1;
    await clock.advance(100);
    expect([sink.pendingBytes, sink.saturated, resumed]).toEqual([4, false, true]);
  });

  it.each([
    ["stream", "EAGAIN", "could not write to stdout, will keep trying: nothing has read it for 5 s"],
    ["file", "EAGAIN", 'could not write to "log", will keep trying: its disk has not answered for 5 s'],
  ] as const)(
    "tells once when nothing got through a %s for 5 s, and once when it does",
    async (kind, code, line) => {
      const file = new MemoryFile(kind);
      const { sink, clock, told } = makeSink(file);
      file.code = code;
      file.room = 0;
      sink.write("a\n");
      await clock.advance(4_999);
      expect(told()).toEqual([]);
      await clock.advance(20_000);
      sink.write("b\n");
      expect(told()).toEqual([line]);
      expect(sink.state).toBe("stalled");
      file.room = Infinity;
      await clock.advance(1_000);
      expect(told()).toHaveLength(2);
      expect(told()[1]).toMatchObject({ type: "recovered" });
      expect(sink.state).toBe("open");
      expect(sink.statistics.stalls).toBe(1);
    },
  );

  it("does not report a slow reader that keeps reading", async () => {
    const file = new MemoryFile("stream");
    const { sink, clock, told } = makeSink(file);
    file.code = "EAGAIN";
    file.room = 1;
    sink.write("123456789\n");
    for (let second = 0; second < 9; second += 3) {
      await clock.advance(3_000);
      file.room = 1;
    }
    expect(told()).toEqual([]);
    expect(file.content).toBe("123");
  });
});

describe("LineSink whose reader is gone", () => {
  it.each(["EPIPE", "ECONNRESET", "EIO", "EBADF"])(
    "ends with %s, and counts what was not written",
    async (code) => {
      const file = new MemoryFile("stream");
      const { sink, clock, told } = makeSink(file, { highWaterBytes: 1 });
      file.code = code;
      file.room = 4;
      sink.write("a\nbé\nc\n");
      const waiting = sink.whenWritable();
      await expect(waiting).rejects.toThrow("could not write to stdout");
      expect(told()).toEqual([
        `could not write to stdout: ${code}: write; 2 lines (4 bytes) were not written; ` +
          "start the service again with something that reads its output",
      ]);
      expect([sink.state, sink.saturated]).toEqual(["closed", true]);
      sink.write("d\ne\n");
      await clock.advance(60_000);
      expect(file.writes).toBe(2);
      expect(await sink.close(1_000)).toEqual({ unsentLines: 4, unsentBytes: 8, stuck: false });
      expect(told()).toHaveLength(1);
      expect(clock.idle).toBe(true);
    },
  );
});

describe("LineSink whose disk is full", () => {
  it.each(["ENOSPC", "EIO", "EROFS", "EDQUOT"])(
    "keeps the lines after %s until it recovers",
    async (code) => {
      const file = new MemoryFile();
      const { sink, clock, told } = makeSink(file);
      file.code = code;
      file.room = 3;
      sink.write("first\n");
      await turn();
      expect(sink.state).toBe("stalled");
      sink.write("second\n");
      await clock.advance(20_000);
      expect([sink.blockedMs, sink.statistics.blockedMs]).toEqual([20_000, 20_000]);
      expect(told()).toEqual([`could not write to "log", will keep trying: ${code}: write`]);
      // 250, 750, 1750, 3750, 7750, 12750, 17750 ms; two writes came before.
      expect(file.writes).toBe(9);
      file.room = Infinity;
      await clock.advance(5_000);
      expect(file.content).toBe("first\nsecond\n");
      expect(told()[1]).toEqual({ type: "recovered", stalledMs: 22_750, waitedBytes: 10 });
      expect(sink.statistics).toMatchObject({
        linesWritten: 2,
        bytesWritten: 13,
        stalls: 1,
        stalledMs: 22_750,
        blockedMs: 22_750,
      });
      expect(sink.blockedMs).toBe(0);
    },
  );

  it("adds up how long its stalls took", async () => {
    const file = new MemoryFile();
    const { sink, clock, told } = makeSink(file);
    file.code = "ENOSPC";
    for (let stall = 0; stall < 2; stall++) {
      file.room = 0;
      sink.write("line\n");
      await turn();
      await clock.advance(100);
      file.room = Infinity;
      await clock.advance(5_000);
    }
    const recovered = { type: "recovered", stalledMs: 250, waitedBytes: 5 };
    expect(told().filter((each) => typeof each === "object")).toEqual([recovered, recovered]);
    expect(sink.statistics).toMatchObject({ linesWritten: 2, stalls: 2, stalledMs: 500, blockedMs: 500 });
  });

  it("has not recovered before all that waited is written", async () => {
    const file = new MemoryFile();
    const { sink, clock, told } = makeSink(file);
    file.room = 0;
    sink.write("123456789\n");
    await turn();
    for (const room of [1, 2, 3]) {
      file.room = room;
      await clock.advance(5_000);
    }
    expect(file.content).toBe("123456");
    expect(told()).toHaveLength(1);
    expect(sink.statistics.stalledMs).toBe(15_000);
    file.room = Infinity;
    await clock.advance(5_000);
    expect(told()).toHaveLength(2);
  });

  it("has not recovered before what came meanwhile is written too", async () => {
    const file = new MemoryFile();
    const { sink, clock, told } = makeSink(file);
    file.room = 0;
    sink.write("a\n");
    await turn();
    sink.write("b\n");
    await clock.advance(5_000);
    file.room = 3;
    await clock.advance(5_000);
    expect(file.content).toBe("a\nb");
    expect(told()).toHaveLength(1);
    file.room = Infinity;
    await clock.advance(5_000);
    expect(told()[1]).toMatchObject({ type: "recovered", waitedBytes: 4 });
  });

  it("tells of the next stall again", async () => {
    const file = new MemoryFile();
    const { sink, clock, reports } = makeSink(file);
    for (const text of ["a\n", "b\n"]) {
      file.room = 0;
      sink.write(text);
      await turn();
      file.room = Infinity;
      await clock.advance(250);
    }
    expect(reports.map(({ type }) => type)).toEqual(["stalled", "recovered", "stalled", "recovered"]);
  });
});

describe("LineSink.reopen", () => {
  it("goes on in the new file, and closes the old one", async () => {
    const [file, next] = [new MemoryFile(), new MemoryFile()];
    const { sink, told } = makeSink(file, { openAgain: () => next });
    sink.write("a\n");
    await turn();
    sink.reopen();
    sink.write("b\n");
    await turn();
    expect([file.content, next.content, file.closed, next.closed]).toEqual(["a\n", "b\n", true, false]);
    expect(told()).toEqual([{ type: "reopened" }]);
  });

  it("ends a line that stands broken in the file found at the path", async () => {
    const next = new MemoryFile("file", '{"half');
    const { sink } = makeSink(new MemoryFile(), { openAgain: () => next });
    sink.reopen();
    sink.write("a\n");
    await turn();
    expect(next.content).toBe('{"half\na\n');
  });

  it("takes effect without any line to write", async () => {
    const file = new MemoryFile();
    const { sink } = makeSink(file, { openAgain: () => new MemoryFile() });
    sink.reopen();
    await turn();
    expect(file.closed).toBe(true);
  });

  it("does nothing for stdout", async () => {
    const file = new MemoryFile("stream");
    const { sink } = makeSink(file);
    sink.reopen();
    sink.write("a\n");
    await turn();
    expect([file.content, file.closed]).toEqual(["a\n", false]);
  });

  it("completes a line that was begun in the old file there", async () => {
    const [file, next] = [new MemoryFile(), new MemoryFile()];
    const { sink, clock } = makeSink(file, { openAgain: () => next });
    file.room = 8;
    sink.write("first\nsecond\nthird\n");
    await turn();
    sink.reopen();
    await clock.advance(1_000);
    expect(file.closed).toBe(false);
    file.room = Infinity;
    await clock.advance(5_000);
    expect([file.content, next.content]).toEqual(["first\nsecond\n", "third\n"]);
  });

  it("tries a full disk at once, since what was rotated away may have freed it", async () => {
    const [file, next] = [new MemoryFile(), new MemoryFile()];
    const { sink, clock, told } = makeSink(file, { openAgain: () => next });
    file.room = 0;
    sink.write("a\n");
    await clock.advance(10_000);
    sink.reopen();
    await turn();
    expect(next.content).toBe("a\n");
    expect(told()[1]).toEqual({ type: "reopened" });
    expect(told()[2]).toEqual({ type: "recovered", stalledMs: 10_000, waitedBytes: 2 });
  });

  it("writes a line anew that was begun in a file deleted since", async () => {
    const [file, next] = [new MemoryFile(), new MemoryFile()];
    const { sink } = makeSink(file, { openAgain: () => next });
    file.room = 8;
    sink.write("first\nsecond\nthird\n");
    await turn();
    file.deleted = true;
    sink.reopen();
    await turn();
    expect(next.content).toBe("second\nthird\n");
    expect(file.closed).toBe(true);
    expect(sink.statistics.linesWritten).toBe(3);
  });

  it("stays with the old file when the new one can't be opened, and tells why", async () => {
    const file = new MemoryFile();
    const openAgain = () => {
      throw new Error('could not open the log file "log": permission denied');
    };
    const { sink, told } = makeSink(file, { openAgain });
    sink.reopen();
    sink.write("a\n");
    await turn();
    expect([file.content, file.closed]).toEqual(["a\n", false]);
    expect(told()).toEqual([
      'could not open the log file "log": permission denied; the log goes on in the old file',
    ]);
  });

  it("tells when the old file can't be closed", async () => {
    const file = new MemoryFile();
    file.close = () => {
      throw new Error("EIO: close");
    };
    const { sink, told } = makeSink(file, { openAgain: () => new MemoryFile() });
    sink.reopen();
    await turn();
    expect(told()[1]).toBe('could not close "log", its last lines may be missing: EIO: close');
  });

  it("leaves whole lines only in every file, each line in exactly one", async () => {
    const outcome = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 1, arbitrary: fc.constantFrom("EAGAIN", "ENOSPC", "EIO") },
    );
    const action = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", "") + "\n"),
      },
      { weight: 1, arbitrary: fc.constantFrom("reopen", "wait") },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action), fc.array(outcome), async (actions, outcomes) => {
        const files: MemoryFile[] = [];
        const openFile = () => {
          const file = new MemoryFile();
          const writeAll = file.write.bind(file);
          file.write = (bytes) => {
            const next = outcomes.shift() ?? Infinity;
            file.room = typeof next === "number" ? next : 0;
            file.code = String(next);
            return writeAll(bytes);
          };
          files.push(file);
          return file;
        };
        const { sink, clock } = makeSink(openFile(), { openAgain: openFile });
        let expected = "";
        for (const current of actions) {
          if (current === "wait") {
            await clock.advance(1_000);
          } else if (current === "reopen") {
            sink.reopen();
          } else {
            sink.write(current);
            expected += Buffer.from(current).toString("latin1");
          }
        }
        await clock.advance(1_000_000);
        expect(files.map(({ content }) => content).join("")).toBe(expected);
        expect(files.every(({ content }) => content === "" || content.endsWith("\n"))).toBe(true);
        expect(sink.statistics.bytesWritten).toBe(expected.length);
        expect(sink.statistics.linesWritten).toBe(expected.split("\n").length - 1);
      }),
    );
  });
});

describe("LineSink.close", () => {
  it("writes what waits first", async () => {
    const file = new MemoryFile();
    const { sink, clock } = makeSink(file);
    sink.write("a\n");
    const closed = sink.close(1_000);
    sink.write("b\n");
    expect(await closed).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
    expect([file.content, file.closed, clock.idle]).toEqual(["a\nb\n", true, true]);
  });

  it("gives up at the deadline, with exact counts", async () => {
    const file = new MemoryFile("stream");
    const { sink, clock } = makeSink(file);
    file.code = "EAGAIN";
    file.room = 7;
    sink.write("first\nsecond\nthird\n");
    const closed = sink.close(1_000);
    await clock.advance(999);
    expect(sink.state).toBe("open");
    await clock.advance(1);
    expect(await closed).toEqual({ unsentLines: 2, unsentBytes: 12, stuck: false });
    expect(file.content).toBe("first\ns");
    expect([file.closed, clock.idle, sink.state]).toEqual([true, true, "closed"]);
    await expect(sink.whenWritable()).rejects.toThrow("the log output is closed");
  });

  it("does not sit out the back-off of a full disk", async () => {
    const file = new MemoryFile();
    const { sink, clock } = makeSink(file);
    file.room = 0;
    sink.write("a\n");
    await clock.advance(10_000);
    const closed = sink.close(1_000);
    await clock.advance(500);
    file.room = Infinity;
    await clock.advance(100);
    expect(await closed).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
  });

  it("abandons a write that does not return, and counts what it still wrote", async () => {
    const file = new MemoryFile("stream");
    const { sink, clock, told } = makeSink(file);
    file.hold();
    sink.write("a\nbcd\n");
    const closed = sink.close(1_000);
    await clock.advance(1_000);
    expect(await closed).toEqual({ unsentLines: 1, unsentBytes: 3, stuck: false });
    expect([file.content, file.closed, clock.idle]).toEqual(["a\nb", true, true]);
    expect(told()).toEqual([]);
  });

  it("says that a write is stuck when it can't be abandoned", async () => {
    const file = new MemoryFile();
    const { sink, clock } = makeSink(file);
    file.abandonable = false;
    file.hold();
    sink.write("a\n");
    const closed = sink.close(1_000);
    await clock.advance(2_000);
    expect(await closed).toEqual({ unsentLines: 1, unsentBytes: 2, stuck: true });
    expect(file.closed).toBe(false);
  });

  it("tells of a reader that goes away meanwhile", async () => {
    const file = new MemoryFile("stream");
    const { sink, reports } = makeSink(file);
    file.code = "EPIPE";
    file.room = 0;
    sink.write("a\n");
    expect(await sink.close(1_000)).toEqual({ unsentLines: 1, unsentBytes: 2, stuck: false });
    expect(reports.map(({ type }) => type)).toEqual(["failed"]);
  });

  it("closes once, however often it is asked", async () => {
    const { sink } = makeSink(new MemoryFile());
    expect(sink.close(1_000)).toBe(sink.close(0));
    expect(await sink.close(0)).toEqual({ unsentLines: 0, unsentBytes: 0, stuck: false });
  });
});
