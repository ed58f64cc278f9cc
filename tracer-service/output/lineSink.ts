import { LineSinkBuffer } from "./lineSinkBuffer.ts";
import type { LineSinkClock } from "./lineSinkClock.ts";
import { LineSinkGate } from "./lineSinkGate.ts";
import { LineSinkProgress } from "./lineSinkProgress.ts";
import type { LineSinkStatistics } from "./lineSinkProgress.ts";
import type { LineSinkReport } from "./lineSinkReport.ts";
import { classifyWriteError, retryDelayMs } from "./lineSinkRetry.ts";
import type { OutputFile } from "./outputFile.ts";

/** What a line sink did not write; a line counts as unsent until its newline is written. */
export interface Unsent {
  readonly unsentLines: number;
  readonly unsentBytes: number;
  /** A write has still not returned: some of the unsent bytes may arrive, and process.exit would wait for it. */
  readonly stuck: boolean;
}

export interface LineSinkOptions {
  readonly report: (report: LineSinkReport) => void;
  readonly clock: LineSinkClock;
  /** Opens the file at the same path anew; left out where there is no path, as for stdout. */
  readonly openAgain?: () => OutputFile;
  /** The sink is saturated when more than this waits (default 1 MiB) … */
  readonly highWaterBytes?: number;
  /** … and until no more than this does (default a quarter of it). */
  readonly lowWaterBytes?: number;
}

const newline = Buffer.from("\n");
const maxWriteBytes = 256 * 1024;
/** A reader that has taken nothing for this long is reported. */
const blockedReportMs = 5_000;
const closingRetryMs = 100;
/** How long an abandoned write gets to return. */
const abandonMs = 500;

/**
 * Writes log lines in order, none of their bytes twice, and drops none: what can't be written waits, and
 * `saturated` asks the reader of the ring to rest, so that losses happen where they are counted.
 */
export class LineSink {
  private readonly options: LineSinkOptions;
  private readonly clock: LineSinkClock;
  private readonly progress: LineSinkProgress;
  private readonly buffer = new LineSinkBuffer();
  private readonly gate: LineSinkGate;
  private readonly refused = { lines: 0, bytes: 0 };
  private taken = 0;

  private file: OutputFile;
  /** The file's last line is broken: a newline has to come before the next. */
  private endsMidLine: boolean;
  private reopenWanted = false;
  /** Set while something waits to be written. */
  private running: Promise<void> | undefined;
  /** Ends the pause between two tries. */
  private wake: () => void = () => undefined;
  private stopWatching: () => void = () => undefined;
  private writing = false;
  private failedAttempts = 0;
  private progressMs = 0;
  private closing: Promise<Unsent> | undefined;
  /** Why nothing will be written any more. */
  private ended: Error | undefined;

  constructor(file: OutputFile, options: LineSinkOptions) {
    this.options = options;
    this.clock = options.clock;
    this.progress = new LineSinkProgress(options.clock, options.report);
    const highWaterBytes = options.highWaterBytes ?? 1024 * 1024;
    this.gate = new LineSinkGate(highWaterBytes, options.lowWaterBytes ?? highWaterBytes / 4);
    this.file = file;
    this.endsMidLine = file.endsMidLine;
  }

  get state(): "open" | "stalled" | "closed" {
    if (this.ended !== undefined) {
      return "closed";
    }
    return this.progress.stalled ? "stalled" : "open";
  }

  get statistics(): LineSinkStatistics {
    const statistics = this.progress.statistics();
    const { blockedMs } = this;
    return {
      ...statistics,
      linesWritten: this.buffer.writtenLines,
      blockedMs: statistics.blockedMs + (this.failedAttempts > 0 ? blockedMs : 0),
    };
  }

  /** For so long nothing has been written while lines wait, ms; 0 when none do. */
  get blockedMs(): number {
    return this.running === undefined || this.ended !== undefined ? 0 : this.clock.nowMs() - this.progressMs;
  }

  /** Bytes that were ever queued. */
  get takenBytes(): number {
    return this.taken;
  }

  /** Of these, the ones that are not written yet. */
  get pendingBytes(): number {
    return this.buffer.pendingBytes;
  }

  /** Whether the caller should stop producing lines; for good once the sink is closed. */
  get saturated(): boolean {
    return this.gate.saturated;
  }

  /** Resolves when the sink is not saturated; rejects when it is closed. */
  whenWritable(): Promise<void> {
    return this.gate.whenOpen();
  }

  /** Queues whole lines, each ending with a newline; of a closed sink they are counted as unsent. */
  write(text: string): void {
    if (text === "") {
      return;
    }
    if (!text.endsWith("\n")) {
      throw new RangeError("text for the log must end with a newline");
    }
    if (this.ended !== undefined) {
      this.refused.lines += text.split("\n").length - 1;
      this.refused.bytes += Buffer.byteLength(text);
      return;
    }
    this.taken += this.buffer.append(text);
    this.gate.update(this.buffer.pendingBytes);
    this.running ??= this.run();
  }

  /** Goes on in a new file at the same path as soon as no line is half written; the old one stays if that fails. */
  reopen(): void {
    if (this.options.openAgain !== undefined && this.ended === undefined) {
      this.reopenWanted = true;
      this.wake();
      this.running ??= this.run();
    }
  }

  /** Writes what waits, for at most `deadlineMs` from now, and says what is left; the first call decides. */
  close(deadlineMs: number): Promise<Unsent> {
    this.closing ??= this.finish(deadlineMs);
    return this.closing;
  }

  private async run(): Promise<void> {
    this.progressMs = this.clock.nowMs();
    await Promise.resolve(); // Lines that are produced in one go are written in one go.
    this.watchReader(blockedReportMs);
    while (this.ended === undefined) {
      if (this.reopenWanted) {
        this.tryReopen();
      }
      if (this.buffer.pendingBytes === 0) {
        break;
      }
      await this.writeOnce();
    }
    this.stopWatching();
    this.running = undefined;
  }

  private async writeOnce(): Promise<void> {
    const repairing = this.endsMidLine;
    // When a reopen is still wanted here, the file ends in the middle of a line: finish only that one.
    const bytes = repairing ? newline : this.buffer.next(maxWriteBytes, this.reopenWanted);
    let written = 0;
    let failure: unknown;
    this.writing = true;
    try {
      written = await this.file.write(bytes);
    } catch (cause) {
      failure = cause;
    }
    this.writing = false;
    if (written === 0) {
      await this.waitOrFail(failure);
      return;
    }
    const nowMs = this.clock.nowMs();
    this.progress.addSilence(nowMs - this.progressMs, this.failedAttempts > 0);
    this.failedAttempts = 0;
    this.progressMs = nowMs;
    this.endsMidLine = false;
    if (!repairing) {
      this.buffer.advance(written);
    }
    this.progress.addWritten(written);
    this.gate.update(this.buffer.pendingBytes);
  }

  private async waitOrFail(failure: unknown): Promise<void> {
    if (this.ended !== undefined) {
      return; // An abandoned write fails, which is no news.
    }
    const { name, kind } = this.file;
    const trouble = failure === undefined ? "blocked" : classifyWriteError(errorCode(failure), kind);
    if (trouble === "closed") {
      const left = `${String(this.buffer.countPendingLines())} lines (${String(this.pendingBytes)} bytes) were not written`;
      const cure = "start the service again with something that reads its output";
      const error = new Error(`could not write to ${name}: ${explain(failure)}; ${left}; ${cure}`, {
        cause: failure,
      });
      this.end(error);
      this.options.report({ type: "failed", error });
      return;
    }
    if (trouble === "stalled") {
      this.addFailure(explain(failure), failure);
    } else if (this.failedAttempts === 0) {
      this.progress.addBlock();
    }
    const delayMs = retryDelayMs(trouble, this.failedAttempts);
    this.failedAttempts += 1;
    await this.pause(this.closing === undefined ? delayMs : Math.min(delayMs, closingRetryMs));
  }

  private addFailure(why: string, cause?: unknown): void {
    const error = new Error(`could not write to ${this.file.name}, will keep trying: ${why}`, { cause });
    this.progress.addFailure(error, this.buffer.pendingBytes);
  }

  /** A write to a slow reader may not fail for long, or not return: tells when nothing gets through. */
  private watchReader(afterMs: number): void {
    this.stopWatching = this.clock.after(afterMs, () => {
      const silentMs = this.clock.nowMs() - this.progressMs;
      if (silentMs >= blockedReportMs) {
        const why = this.file.kind === "file" ? "its disk has not answered" : "nothing has read it";
        this.addFailure(`${why} for ${String(Math.round(silentMs / 1000))} s`);
      }
      this.watchReader(silentMs >= blockedReportMs ? blockedReportMs : blockedReportMs - silentMs);
    });
  }

  private tryReopen(): void {
    const { openAgain, report } = this.options;
    // A line that was begun in a deleted file can't be completed for anyone; it is written anew. Deleting the
    // log is also how a full disk is emptied, which works only once the old file is let go.
    if (openAgain === undefined || (!this.buffer.atLineStart && !this.file.discarded())) {
      return;
    }
    this.reopenWanted = false;
    let opened: OutputFile;
    try {
      opened = openAgain();
    } catch (cause) {
      report({
        type: "reopenFailed",
        error: new Error(`${explain(cause)}; the log goes on in the old file`, { cause }),
      });
      return;
    }
    this.buffer.restartLine();
    const old = this.file;
    this.file = opened;
    this.endsMidLine = opened.endsMidLine;
    this.failedAttempts = 0;
    report({ type: "reopened" });
    this.closeFile(old);
  }

  private async finish(deadlineMs: number): Promise<Unsent> {
    this.wake();
    await this.settled(deadlineMs);
    this.end(new Error("the log output is closed"));
    this.wake();
    if (this.writing) {
      this.file.abandon();
    }
    await this.settled(abandonMs);
    const stuck = this.running !== undefined;
    if (!stuck) {
      this.closeFile(this.file);
    }
    const { lines, bytes } = this.refused;
    return {
      unsentLines: lines + this.buffer.countPendingLines(),
      unsentBytes: bytes + this.buffer.pendingBytes,
      stuck,
    };
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    this.gate.close(this.ended);
  }

  private closeFile(file: OutputFile): void {
    try {
      file.close();
    } catch (cause) {
      const error = new Error(
        `could not close ${file.name}, its last lines may be missing: ${explain(cause)}`,
        { cause },
      );
      this.options.report({ type: "closeFailed", error });
    }
  }

  /** Waits until nothing is left to write, at most `withinMs`. */
  private settled(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopWaiting = this.clock.after(withinMs, resolve);
      void Promise.resolve(this.running).then(() => {
        stopWaiting();
        resolve();
      });
    });
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopWaiting = this.clock.after(delayMs, resolve);
      this.wake = () => {
        stopWaiting();
        resolve();
      };
    });
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
