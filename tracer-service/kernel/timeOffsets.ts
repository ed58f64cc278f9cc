import { readFileSync } from "node:fs";

/** How far the clocks of this process's time namespace are ahead of the kernel's own, ns. */
export interface TimeOffsets {
  readonly monotonicNs: bigint;
  readonly bootNs: bigint;
}

const FILE = "/proc/self/timens_offsets";

/** Those of this process, which can't change: only a process with one thread can enter another time namespace. */
export function readTimeOffsets(): TimeOffsets {
  let text: string;
  try {
    text = readFileSync(FILE, "latin1");
  } catch {
    // A kernel without time namespaces (before 5.6, or built without them) has one set of clocks for all.
    return { monotonicNs: 0n, bootNs: 0n };
  }
  return parseTimeOffsets(text);
}

/** Throws an Error for what the kernel does not write: dates would be wrong by nobody knows how much. */
export function parseTimeOffsets(text: string): TimeOffsets {
  const offset = (clock: string): bigint => {
    const [, seconds, nanoseconds] = new RegExp(`^${clock} +(-?\\d+) +(\\d+)$`, "m").exec(text) ?? [];
    if (seconds === undefined || nanoseconds === undefined)
      throw new Error(`${FILE} does not tell the offset of the clock "${clock}"`);
    return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  };
  return { monotonicNs: offset("monotonic"), bootNs: offset("boottime") };
}
