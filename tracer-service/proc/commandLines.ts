import { spawnSync } from "node:child_process";

import { readTimeOffsets } from "../kernel/timeOffsets.ts";

/** How long a process that reads may take, ms, and how many are started one after the other. */
const PATIENCE_MS = 2000;
const ATTEMPTS = 3;
const LENGTH_BYTES = 4;
/** /proc tells times in hundredths of a second (proc(5), USER_HZ). */
const TICK_NS = 10_000_000n;

/** A process, however often its pid is given anew. */
export interface StartedProcess {
  readonly pid: number;
  /** By the kernel's own boot clock, ns. */
  readonly startNs: bigint;
}

interface Started {
  readonly stdout?: Buffer | null;
  readonly error?: Error | undefined;
}

/** See `readCommandLines`. */
export interface CommandLines {
  /** By pid; empty ones of kernel threads and of processes that are gone, whoever has their pid now. */
  readonly found: ReadonlyMap<number, Buffer>;
  /** How many had to be left out. */
  readonly unread: number;
  /** Why the process that reads could not be started, or failed; undefined where one that it read never answered. */
  readonly failure: Error | undefined;
}

/**
 * What processes show in /proc/PID/cmdline, so many bytes at most. Whoever reads it touches the other's memory and waits for its
 * page faults, which userfaultfd or a file system in user space may never answer: nothing but SIGKILL ends such a wait. So
 * another process reads, which can be killed.
 */
export function readCommandLines(
  processes: readonly StartedProcess[],
  maxBytes: number,
  patienceMs = PATIENCE_MS,
): CommandLines {
  const found = new Map<number, Buffer>();
  const { bootNs } = readTimeOffsets();
  let left = processes.map(({ pid, startNs }) => ({ pid, ticks: (startNs + bootNs) / TICK_NS }));
  let failure: Error | undefined;
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
    // Of a process that can't be started there is no stdout, whatever the types say.
    const { stdout, error }: Started = spawnSync(process.execPath, ["-"], {
      input: script(left, maxBytes),
      stdio: ["pipe", "pipe", "ignore"],
      maxBuffer: left.length * (LENGTH_BYTES + maxBytes) + 1,
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    const lines = splitFrames(stdout);
    for (const [index, line] of lines.entries()) found.set(left[index]?.pid ?? 0, line);
    if (error === undefined || !("code" in error) || error.code !== "ETIMEDOUT") {
      failure = error;
      break;
    }
    // The one that was read when time was over is left out, too.
    left = left.slice(lines.length + 1);
  }
  return { found, unread: processes.length - found.size, failure };
}

/** The stdout of the other process may be no more than a beginning. */
function splitFrames(bytes: Buffer | null | undefined): Buffer[] {
  const frames: Buffer[] = [];
  if (bytes === null || bytes === undefined) return frames;
  for (let start = LENGTH_BYTES; start <= bytes.length;) {
    const end = start + bytes.readUInt32LE(start - LENGTH_BYTES);
    if (end > bytes.length) break;
    frames.push(bytes.subarray(start, end));
    start = end + LENGTH_BYTES;
  }
  return frames;
}

/**
 * The program, which has the processes in it: as an argument they might be too long. Who has a pid when the file is open had it
 * when that was opened, since it had it before, too.
 */
function script(
  processes: readonly { readonly pid: number; readonly ticks: bigint }[],
  maxBytes: number,
): string {
  return `
    const { closeSync, openSync, readFileSync, readSync, writeSync } = require("node:fs");
    const frame = Buffer.alloc(${String(LENGTH_BYTES + maxBytes)});
    const startOf = (pid) => {
      const stat = readFileSync("/proc/" + pid + "/stat", "latin1");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    };
    for (const [pid, ticks] of [${processes.map(({ pid, ticks }) => `[${String(pid)},${String(ticks)}]`).join()}]) {
      let end = ${String(LENGTH_BYTES)};
      try {
        const fd = openSync("/proc/" + pid + "/cmdline");
        try {
          if (startOf(pid) === ticks) for (let count = -1; count !== 0 && end < frame.length; end += count)
            count = readSync(fd, frame, end, frame.length - end, null);
        } finally {
          closeSync(fd);
        }
      } catch {
        end = ${String(LENGTH_BYTES)};
      }
      frame.writeUInt32LE(end - ${String(LENGTH_BYTES)});
      for (let start = 0; start < end; ) start += writeSync(1, frame, start, end - start);
    }
  `;
}
