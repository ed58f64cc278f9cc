import type { ExecId } from "../../protocol/events.ts";
import { decimal } from "../decimal.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";

/** From this high word on a number of 64 bits may exceed 2^53. */
const INEXACT_HIGH = 0x20_0000;
/** Ids that are remembered, by the low bits of the pid; a power of two. Few, so that none grows old: see `decimal`. */
const REMEMBERED = 128;

/** What identities were composed of, and the texts: each is needed again by the exec's exit and its children. */
const known = {
  pids: new Uint32Array(REMEMBERED),
  lows: new Uint32Array(REMEMBERED),
  highs: new Uint32Array(REMEMBERED),
  numbers: new Uint32Array(REMEMBERED),
  ids: new Array<ExecId | undefined>(REMEMBERED).fill(undefined),
};

/** Composes the identity of an exec from the host pid, the process's start (boot clock, ns) and the exec's number. */
export function execId(pid: number, startNs: bigint, execNumber: number | string): ExecId {
  return `${String(pid)}.${String(startNs)}.${String(execNumber)}`;
}

/** The same, the start in a record: `startOffset` in bytes, a multiple of 8. */
export function execIdAt(
  pid: number,
  { words }: RecordMemory,
  startOffset: number,
  execNumber: number | string,
): ExecId {
  const word = startOffset >> 2;
  const low = words[word] ?? 0;
  const high = words[word + 1] ?? 0;
  if (typeof execNumber === "string") return `${decimal(pid)}.${decimalOf(low, high)}.${execNumber}`;
  const { pids, lows, highs, numbers, ids } = known;
  const slot = pid & (REMEMBERED - 1);
  const remembered = ids[slot];
  if (
    remembered !== undefined &&
    pids[slot] === pid &&
    lows[slot] === low &&
    highs[slot] === high &&
    numbers[slot] === execNumber
  ) {
    return remembered;
  }
  const id: ExecId = `${decimal(pid)}.${decimalOf(low, high)}.${String(execNumber)}`;
  pids[slot] = pid;
  lows[slot] = low;
  highs[slot] = high;
  numbers[slot] = execNumber;
  ids[slot] = id;
  return id;
}

/** Digits of a number of 64 bits. By numbers below 2^32, whose digits cost a third of a BigInt's. */
export function decimalOf(low: number, high: number): string {
  if (high >= INEXACT_HIGH) return String((BigInt(high) << 32n) | BigInt(low));
  return decimal(high * 0x1_0000_0000 + low);
}
