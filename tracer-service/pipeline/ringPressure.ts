import type { Diagnostics } from "../diagnostics.ts";

/** Of the ring; beyond it the next burst is likely to be lost. */
const WARNING_PART = 0.8;
const MIB = 1024 * 1024;
/** The largest ring that can be asked for. */
const LARGEST_MIB = 1024;

/** Watches how full the ring gets, and says once, with the figure to set, when it was nearly full. */
export class RingPressure {
  readonly #sizeBytes: number;
  readonly #log: Diagnostics;
  #peakBytes = 0;
  #warned = false;

  constructor(sizeBytes: number, log: Diagnostics) {
    this.#sizeBytes = sizeBytes;
    this.#log = log;
  }

  /** Most of the ring that was found in use, bytes. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Takes note of what is in use now: not yet read, or not yet kept. */
  see(usedBytes: number): void {
    if (usedBytes <= this.#peakBytes) return;
    this.#peakBytes = usedBytes;
    if (this.#warned || usedBytes <= WARNING_PART * this.#sizeBytes) return;
    this.#warned = true;
    const sizeMiB = this.#sizeBytes / MIB;
    const percent = Math.round((100 * usedBytes) / this.#sizeBytes);
    if (sizeMiB >= LARGEST_MIB) {
      this.#log.warn(
        { percent, ringMiB: sizeMiB },
        "the ring buffer was nearly full, and it can't be larger",
      );
      return;
    }
    const wantedMiB = Math.min(LARGEST_MIB, 2 * sizeMiB);
    this.#log.warn(
      { percent, ringMiB: sizeMiB, wantedMiB },
      `the ring buffer was nearly full: start the service with --ring-size ${String(wantedMiB)}, or find out why its log is read slowly`,
    );
  }
}
