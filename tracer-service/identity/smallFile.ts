import { isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { getSystemErrorMessage } from "node:util";

import { showHidden } from "../../protocol/hiddenCharacters.ts";

/** Reads a UTF-8 file of at most `maxBytes` bytes. Throws one line that names the file and says what is wrong with it. */
export function readSmallFile(path: string, maxBytes: number): string {
  const name = showHidden(path);
  const fd = openFile(path, name);
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${name}: expected a regular file, found something else`);
    // Not the size that the file has now: it may grow while it is read.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) throw new Error(`${name}: expected at most ${String(maxBytes)} bytes, found more`);
    return decode(name, buffer.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

function openFile(path: string, name: string): number {
  try {
    // Opening a FIFO would wait for its writer, a terminal would become the controlling one.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    throw new Error(`${name}: could not open the file: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = (error as NodeJS.ErrnoException).errno;
  return errno === undefined ? error.message : getSystemErrorMessage(errno);
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error(`${name}:${String(firstBadLine(bytes))}: expected UTF-8, found other bytes`, { cause });
  }
}

/** Number of the first line that is not UTF-8, of which no character holds the byte of a line end. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0, end = 0; end >= 0; start = end + 1, line++) {
    end = bytes.indexOf(0x0a, start);
    if (!isUtf8(end < 0 ? bytes.subarray(start) : bytes.subarray(start, end))) break;
  }
  return line;
}
