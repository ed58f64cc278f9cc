/** How far the offset may drift before it is taken anew: time stamps of one batch stay in order among themselves. */
const TOLERANCE_NS = 100_000n;

/** Turns the kernel's boot clock into dates, also across suspend and changes of the wall clock. */
export class WallClock {
  readonly #readOffsetNs: () => bigint;
  #offsetNs: bigint;

  /** `readOffsetNs`: wall clock minus boot clock, ns. */
  constructor(readOffsetNs: () => bigint) {
    this.#readOffsetNs = readOffsetNs;
    this.#offsetNs = readOffsetNs();
  }

  /** To be called once a batch. */
  adjust(): void {
    const offset = this.#readOffsetNs();
    const drift = offset - this.#offsetNs;
    if (drift > TOLERANCE_NS || drift < -TOLERANCE_NS) this.#offsetNs = offset;
  }

  /** Now, on the boot clock, ns; to the millisecond. */
  nowBootNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n - this.#offsetNs;
  }

  /** ns since 1970 UTC of a time on the boot clock, ns. */
  date(bootNs: bigint): bigint {
    return bootNs + this.#offsetNs;
  }
}
