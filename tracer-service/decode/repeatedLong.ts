import type { RecordMemory } from "../kernel/ringBuffer.ts";

/** Reads a 64-bit field that is mostly the same as in the record before: then it is the same BigInt, not a new one. */
export class RepeatedLong {
  #low = 0;
  #high = 0;
  #value = 0n;

  /** `offset`: of the field, bytes; a multiple of 8. */
  read({ words, longs }: RecordMemory, offset: number): bigint {
    const low = words[offset >> 2] ?? 0;
    const high = words[(offset >> 2) + 1] ?? 0;
    if (low !== this.#low || high !== this.#high) {
      this.#low = low;
      this.#high = high;
      this.#value = longs[offset >> 3] ?? 0n;
    }
    return this.#value;
  }
}

/** One for all records, so that execs and exits of a cgroup have the same BigInt, which is compared fastest. */
export const cgroupKeys = new RepeatedLong();
