import type { ExecId } from "../../protocol/events.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";

const NS_PER_SECOND = 1_000_000_000;
/** From this high word on a number of 64 bits may exceed 2^53. */
const INEXACT_HIGH = 0x20_0000;

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
  return `${String(pid)}.${decimalOf(words[word] ?? 0, words[word + 1] ?? 0)}.${String(execNumber)}`;
}

/** Digits of a number of 64 bits. By numbers below 2^32, whose digits cost a third of a BigInt's. */
export function decimalOf(low: number, high: number): string {
  if (high >= INEXACT_HIGH) return String((BigInt(high) << 32n) | BigInt(low));
  const value = high * 0x1_0000_0000 + low;
  let seconds = Math.floor(value / NS_PER_SECOND);
  let rest = value - seconds * NS_PER_SECOND;
  if (rest < 0) {
    // The quotient was rounded up to the next whole number.
    seconds--;
    rest += NS_PER_SECOND;
  }
  return seconds === 0 ? String(rest) : `${String(seconds)}${String(NS_PER_SECOND + rest).slice(1)}`;
}
