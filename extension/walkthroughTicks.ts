import type { Clock } from "./clock.ts";
import type { ContextKey } from "./contextKeys.ts";

/** Keys that complete a step, and for each what stands in for it when it was set before the page was opened. */
const STEPS = [
  ["processLogging.hasSources", "processLogging.hadSources"],
  ["processLogging.filtered", "processLogging.wasFiltered"],
] as const satisfies readonly (readonly [ContextKey, ContextKey])[];

/** The editor reads the steps of a page that it opens in its own time, ms. */
const AGAIN_MS = [0, 1_000, 5_000];

/** What the ticks need of the outside. */
export interface WalkthroughTicksOptions {
  readonly isSet: (key: ContextKey) => boolean;
  readonly setContext: (key: ContextKey, value: boolean) => void;
  readonly clock: Pick<Clock, "after">;
}

/**
 * Ticks steps of the walkthrough that were done before it was opened. The editor ticks a step when a context key
 * becomes true while it knows the walkthrough; a key that is true already would stay without a tick for good.
 */
export class WalkthroughTicks {
  readonly #options: WalkthroughTicksOptions;
  #cancels: (() => void)[] = [];

  constructor(options: WalkthroughTicksOptions) {
    this.#options = options;
    for (const [, standIn] of STEPS) options.setContext(standIn, false);
  }

  /** A page was opened that may be the walkthrough: which page it is the editor does not say. */
  pageOpened(): void {
    this.dispose();
    this.#cancels = AGAIN_MS.map((delayMs) =>
      this.#options.clock.after(delayMs, () => {
        this.#tick();
      }),
    );
  }

  dispose(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** True for a moment only: it has to become true while a page is open. */
  #tick(): void {
    const { isSet, setContext } = this.#options;
    for (const [key, standIn] of STEPS) {
      if (!isSet(key)) continue;
      setContext(standIn, true);
      setContext(standIn, false);
    }
  }
}
