import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

import { adviseDontNeed, limitHeap, trimHeap } from "./libc.ts";

/** From this size on memory has a mapping of its own, which goes back to the kernel as soon as it is freed. */
const OWN_MAPPING_BYTES = 131_072;

/** After which what was needed to start is not needed any more. */
const START_MS = 500;
const TRIM_MS = 10_000;

/** A mapping's line in /proc/PID/smaps: where it lies, how it may be used, and the inode of its file, 0 without one. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+)/;
/** How much in it is not as in its file. */
const ANONYMOUS = /^Anonymous:\s+(\d+) kB/;

/** A range of addresses; the length in bytes. */
export interface AddressRange {
  readonly start: bigint;
  readonly length: number;
}

/** Of JavaScript threads that are started later: they make little that lives for long. The main one's is set at its start. */
const YOUNG_GENERATION_OF_THREADS = "--min-semi-space-size=1 --max-semi-space-size=1";

/**
 * To be called before there is work for threads: they share one heap, and do not keep what was freed. Batches and compressors are
 * large and short-lived; by default each thread would keep room for the largest that it ever had.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(YOUNG_GENERATION_OF_THREADS);
  limitHeap({ arenas: 1, ownMappingBytes: OWN_MAPPING_BYTES });
}

/**
 * To be called when the start is over: gives back what only it needed, and now and then memory that was freed, of which
 * the engine's compilers use much for a moment.
 */
export function giveBackMemory(): void {
  setTimeout(giveBackStartMemory, START_MS).unref();
  setInterval(trimHeap, TRIM_MS).unref();
}

/** Gives back what only the start needed: freed memory, and code and constants, which are read again when needed. */
export function giveBackStartMemory(): void {
  trimHeap();
  for (const range of findUnchanged(readMappings())) adviseDontNeed(range);
}

/** Kernels without CONFIG_PROC_PAGE_MONITOR don't tell: there the code stays. */
function readMappings(): string {
  try {
    return readFileSync("/proc/self/smaps", "utf8");
  } catch {
    return "";
  }
}

/** Code and constants that are as in their files, in the text of /proc/PID/smaps (proc(5)). */
export function findUnchanged(smaps: string): AddressRange[] {
  const found: AddressRange[] = [];
  let range: AddressRange | undefined;
  for (const line of smaps.split("\n")) {
    const [, first, end, access, inode] = MAPPING.exec(line) ?? [];
    if (first !== undefined && end !== undefined) {
      const start = BigInt(`0x${first}`);
      const isCode = (access === "r-xp" || access === "r--p") && inode !== "0";
      range = isCode ? { start, length: Number(BigInt(`0x${end}`) - start) } : undefined;
      continue;
    }
    const anonymous = ANONYMOUS.exec(line)?.[1];
    if (anonymous === undefined) continue;
    if (anonymous === "0" && range !== undefined) found.push(range);
    range = undefined;
  }
  return found;
}
