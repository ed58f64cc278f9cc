/** Time and chance as constructor parameters, so that tests decide both. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls back once, `delayMs` from now; the result takes that back. */
  after(delayMs: number, callback: () => void): () => void;
  /** From 0 up to but without 1. */
  random(): number;
}

/** This machine's time; its timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
