import type { OutputKind } from "./outputFile.ts";

/**
 * What a failed write means: `blocked` has no room just now, `stalled` needs somebody to act but can
 * recover, `closed` never will.
 */
export type WriteTrouble = "blocked" | "stalled" | "closed";

const noRoomNow = new Set(["EAGAIN", "EWOULDBLOCK", "EINTR"]);
const noSpace = new Set(["ENOSPC", "EDQUOT", "ENOMEM", "ENOBUFS"]);

/**
 * Judges the error code of a write. A file that can't be written now may be writable later, whatever the
 * reason: disks are cleaned up, remounted, reconnected. A stream's reader that is gone stays gone.
 */
export function classifyWriteError(code: string | undefined, kind: OutputKind): WriteTrouble {
  if (code !== undefined && noRoomNow.has(code)) {
    return "blocked";
  }
  if (code !== undefined && noSpace.has(code)) {
    return "stalled";
  }
  // EBADF on a file: it was opened for reading only, so trying again can't help.
  return kind === "file" && code !== "EBADF" ? "stalled" : "closed";
}

// A pipe of 64 KiB that is emptied within 1 ms still takes 64 MB/s.
const blockedDelays = { firstMs: 1, maxMs: 100 };
const stalledDelays = { firstMs: 250, maxMs: 5_000 };

/** How long to wait before the next try, in ms: doubles with each try in a row, `attempt` 0 being the first. */
export function retryDelayMs(trouble: Exclude<WriteTrouble, "closed">, attempt: number): number {
  const { firstMs, maxMs } = trouble === "blocked" ? blockedDelays : stalledDelays;
  return Math.min(firstMs * 2 ** attempt, maxMs);
}
