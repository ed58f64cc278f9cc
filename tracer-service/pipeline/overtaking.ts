/**
 * Whether events were told that happened behind others which still wait, and of which not all are kept: read again after
 * a crash they come in another order.
 */
export class Overtaking {
  readonly #note: (overtaken: boolean) => void;
  #noted = false;
  /** From this position of the ring on nothing is overtaken. */
  #orderlyFrom: bigint | undefined;

  /** `note` is told of each change, before the first event that overtakes. `noted`: an earlier run has left that some were. */
  constructor(note: (overtaken: boolean) => void, noted = false) {
    this.#note = note;
    this.#noted = noted;
  }

  /** An event begins to wait. */
  waits(): void {
    this.#orderlyFrom = undefined;
    if (this.#noted) return;
    this.#noted = true;
    this.#note(true);
  }

  /** Up to this position every event is written. */
  written(position: bigint): void {
    if (this.#noted) this.#orderlyFrom ??= position;
  }

  /** Up to this position every event is kept. */
  kept(position: bigint): void {
    if (this.#orderlyFrom === undefined || position < this.#orderlyFrom) return;
    this.#orderlyFrom = undefined;
    this.#noted = false;
    this.#note(false);
  }
}
