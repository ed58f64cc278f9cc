/** Counts records that are missing between those that arrived, by the kernel's numbers per CPU and type. */
export class SequenceGaps {
  readonly #fromStart: boolean;
  readonly #last = new Map<string, Float64Array>();
  #missing = 0;

  /** `fromStart`: the kernel's first records are expected. Otherwise the first that arrive of each kind are taken for those. */
  constructor(fromStart = true) {
    this.#fromStart = fromStart;
  }

  /** Records missing so far. */
  get missing(): number {
    return this.#missing;
  }

  /** Takes note of a record; numbers begin with 1. */
  see(type: string, cpu: number, seq: number): void {
    let last = this.#last.get(type);
    if (last === undefined || cpu >= last.length) {
      const grown = new Float64Array(Math.max(64, cpu * 2));
      if (last !== undefined) grown.set(last);
      this.#last.set(type, grown);
      last = grown;
    }
    const before = last[cpu] ?? 0;
    const gap = seq - before - 1;
    if (gap > 0 && (before > 0 || this.#fromStart)) this.#missing += gap;
    last[cpu] = seq;
  }
}
