import { closeSync, constants, fstatSync, openSync, readSync, write, writeSync } from "node:fs";
import type { Stats } from "node:fs";
import { Socket } from "node:net";
import { promisify } from "node:util";

import { growPipe } from "../kernel/libc.ts";

/** A `file` keeps what it is given and may fill its disk; a `stream` has a reader, who may be slow or leave. */
export type OutputKind = "file" | "stream";

/** Something that log lines are written to; the line sink writes to it once at a time. */
export interface OutputFile {
  /** For messages: `stdout`, or the path in quotes. */
  readonly name: string;
  readonly kind: OutputKind;
  /** Whether it held something when it was opened that does not end with a newline. */
  readonly endsMidLine: boolean;
  /** Writes as much as there is room for, returns how many bytes that was; throws what write(2) fails with. */
  write(bytes: Uint8Array): Promise<number>;
  /** Whether its last name was removed, so that nobody can read what is in it. */
  discarded(): boolean;
  /** Makes a write that still waits for a slow reader return, where that is possible. Nothing can be written after. */
  abandon(): void;
  close(): void;
}

const writeInThread = promisify(write);

const openFlags =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;
const logFileMode = 0o640;
/** What a pipe may hold without privileges. By default it is 64 KiB: less than a look at the ring may bring. */
const pipeBytes = 1024 * 1024;

/** Opens a log file to append to, and makes it (mode 0640) where there is none; throws one clear line. */
export function openLogFile(path: string): OutputFile {
  if (path === "") {
    throw new Error("could not open the log file: its name is empty; name a file");
  }
  const name = JSON.stringify(path);
  let fd: number;
  try {
    // O_NONBLOCK: opening a FIFO that nobody reads fails at once; it changes nothing for regular files.
    fd = openSync(path, openFlags, logFileMode);
  } catch (cause) {
    throw new Error(`could not open the log file ${name}: ${explainOpenError(cause)}`, { cause });
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) {
    return regularFile(fd, name, stats);
  }
  if (stats.isFIFO() || stats.isCharacterDevice()) {
    return nonBlockingStream(fd, name);
  }
  closeSync(fd);
  throw new Error(`could not open the log file ${name}: it is a block device; name a file`);
}

/** Number of /dev/null (devices.txt of the kernel: 1, 3). */
const NULL_DEVICE = 0x103;

/** Whether what is written to `fd` is nowhere: Node.js, too, puts /dev/null in the place of a closed stdout. */
export function leadsNowhere(fd = 1): boolean {
  const stats = fstatSync(fd);
  return stats.isCharacterDevice() && stats.rdev === NULL_DEVICE;
}

/** Takes descriptor `fd` (stdout) as it was inherited: a file, a pipe, a socket, or a terminal. */
export function openStdout(fd = 1): OutputFile {
  const stats = fstatSync(fd);
  if (stats.isFile()) {
    return { ...regularFile(fd, "stdout", stats), close: doNothing };
  }
  if (stats.isSocket()) {
    return socketStream(fd);
  }
  if (stats.isFIFO()) {
    growPipe(fd, pipeBytes);
  }
  try {
    // A blocked write would keep a thread, and with it the process, from ending; so it must not block. The
    // flag is set on a description of our own: others may share the inherited one and not expect it.
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return nonBlockingStream(openSync(`/proc/self/fd/${String(fd)}`, flags), "stdout");
  } catch {
    // Another user's pipe, or one that nobody reads any more, can't be opened again but can be written to.
    return { ...nonBlockingStream(fd, "stdout"), write: threadedWrite(fd), close: doNothing };
  }
}

function regularFile(fd: number, name: string, stats: Stats): OutputFile {
  return {
    name,
    kind: "file",
    endsMidLine: stats.size > 0 && !endsWithNewline(fd, stats.size),
    write: threadedWrite(fd),
    discarded: () => isDiscarded(fd),
    abandon: doNothing,
    close: () => {
      closeSync(fd);
    },
  };
}

/**
 * For descriptors with O_NONBLOCK: write(2) returns at once, so there is no need of a thread. The immediate
 * lets everything else have its turn, however fast the reader is.
 */
function nonBlockingStream(fd: number, name: string): OutputFile {
  return {
    name,
    kind: "stream",
    endsMidLine: false,
    write: (bytes) =>
      new Promise((resolve) => {
        setImmediate(resolve, writeSync(fd, bytes));
      }),
    discarded: () => false,
    abandon: doNothing,
    close: () => {
      closeSync(fd);
    },
  };
}

/** Sockets (the journal's, or a Node parent's) can't be opened again, and stderr often is the same one. */
function socketStream(fd: number): OutputFile {
  return {
    ...nonBlockingStream(fd, "stdout"),
    write: threadedWrite(fd),
    abandon: () => {
      // shutdown(2) is what ends a write that waits in the kernel: process.exit would wait for its thread.
      try {
        new Socket({ fd, readable: false, writable: true }).on("error", doNothing).end();
      } catch {
        // A kind of socket that Node can't shut down; the write stays stuck, which `close` of the sink tells.
      }
    },
    close: doNothing,
  };
}

function threadedWrite(fd: number): OutputFile["write"] {
  return async (bytes) => (await writeInThread(fd, bytes)).bytesWritten;
}

function isDiscarded(fd: number): boolean {
  try {
    return fstatSync(fd).nlink === 0;
  } catch {
    return true; // A network file system forgets files that were deleted elsewhere (ESTALE).
  }
}

/** Where that can't be told the answer is no: an empty line does less harm than two lines in one. */
function endsWithNewline(fd: number, size: number): boolean {
  try {
    const readable = openSync(`/proc/self/fd/${String(fd)}`, constants.O_RDONLY);
    try {
      const last = Buffer.alloc(1);
      return readSync(readable, last, 0, 1, size - 1) === 1 && last.toString() === "\n";
    } finally {
      closeSync(readable);
    }
  } catch {
    return false;
  }
}

function explainOpenError(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
      return "its directory does not exist; make the directory first";
    case "ENOTDIR":
      return "a part of its path is not a directory; correct the path";
    case "EISDIR":
      return "it is a directory; name a file in it";
    case "EACCES":
    case "EPERM":
      return "permission denied; run as a user who may write there, or name another file";
    case "EROFS":
      return "its file system is read-only; name a file elsewhere";
    case "ENOSPC":
    case "EDQUOT":
      return "no space is left there; free some, or name a file elsewhere";
    case "ENXIO":
      return "it is a socket, or a FIFO that nobody reads; name a file, or start the reader first";
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function doNothing(): void {
  // Nothing to do for this kind of file.
}
