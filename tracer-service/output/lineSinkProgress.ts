import type { LineSinkClock } from "./lineSinkClock.ts";
import type { LineSinkReport } from "./lineSinkReport.ts";

/** Counts since the line sink was made. */
export interface LineSinkStatistics {
  readonly linesWritten: number;
  readonly bytesWritten: number;
  /** Times that `stalled` was reported. */
  readonly stalls: number;
  /** How long the sink was stalled altogether, in ms. */
  readonly stalledMs: number;
  /** Times that a pipe or a terminal was found full, however briefly. */
  readonly blocks: number;
  /** How long lines waited because nothing could be written, altogether, in ms. */
  readonly blockedMs: number;
}

/** A write that takes longer than this counts as blocked, in ms. */
const LONGEST_WRITE_MS = 100;

interface Stall {
  readonly sinceMs: number;
  waitedBytes: number;
  /** Over when this many bytes are written in all: then nothing that waited is left. */
  overAtBytes: number;
}

/** Counts what is written, and tells once when that comes to a halt and once when it has recovered. */
export class LineSinkProgress {
  private readonly clock: LineSinkClock;
  private readonly report: (report: LineSinkReport) => void;
  private bytesWritten = 0;
  private stalls = 0;
  private pastStallsMs = 0;
  private blocks = 0;
  private blockedMs = 0;
  private stall: Stall | undefined;

  constructor(clock: LineSinkClock, report: (report: LineSinkReport) => void) {
    this.clock = clock;
    this.report = report;
  }

  get stalled(): boolean {
    return this.stall !== undefined;
  }

  statistics(): Omit<LineSinkStatistics, "linesWritten"> {
    const { bytesWritten, stalls, blocks, blockedMs } = this;
    return {
      bytesWritten,
      stalls,
      stalledMs: this.pastStallsMs + this.currentStallMs(),
      blocks,
      blockedMs,
    };
  }

  addBlock(): void {
    this.blocks += 1;
  }

  /** Something got through after `silentMs`; `refused`: not at the first try. */
  addSilence(silentMs: number, refused: boolean): void {
    if (refused || silentMs > LONGEST_WRITE_MS) this.blockedMs += silentMs;
  }

  addWritten(bytes: number): void {
    this.bytesWritten += bytes;
    if (this.stall !== undefined && this.bytesWritten >= this.stall.overAtBytes) {
      const { waitedBytes } = this.stall;
      const stalledMs = this.currentStallMs();
      this.pastStallsMs += stalledMs;
      this.stall = undefined;
      this.report({ type: "recovered", stalledMs, waitedBytes });
    }
  }

  /** A write failed, or has not returned for long, while `pendingBytes` wait; begins a stall unless there is one. */
  addFailure(error: Error, pendingBytes: number): void {
    const overAtBytes = this.bytesWritten + pendingBytes;
    if (this.stall !== undefined) {
      this.stall.waitedBytes = Math.max(this.stall.waitedBytes, pendingBytes);
      this.stall.overAtBytes = overAtBytes;
      return;
    }
    this.stall = { sinceMs: this.clock.nowMs(), waitedBytes: pendingBytes, overAtBytes };
    this.stalls += 1;
    this.report({ type: "stalled", error });
  }

  private currentStallMs(): number {
    return this.stall === undefined ? 0 : this.clock.nowMs() - this.stall.sinceMs;
  }
}
