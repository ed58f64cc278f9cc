/** Runs `paint` once in the next animation frame, however often it is asked; never while the view is hidden. */
export class FrameScheduler {
  readonly #paint: () => void;
  #asked = false;
  #hidden = false;

  constructor(paint: () => void) {
    this.#paint = paint;
  }

  request(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (!this.#hidden) this.#schedule();
  }

  /** What was asked while hidden is painted when the view is shown. */
  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    if (!hidden && this.#asked) this.#schedule();
  }

  #schedule(): void {
    requestAnimationFrame(() => {
      if (this.#hidden || !this.#asked) return;
      this.#asked = false;
      this.#paint();
    });
  }
}
