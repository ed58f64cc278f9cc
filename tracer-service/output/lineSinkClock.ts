/** Time as the line sink sees it; a constructor parameter, so that tests decide when time passes. */
export interface LineSinkClock {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls back once after `delayMs`; the function returned takes the call back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The time of this machine, unmoved by changes to its wall clock. */
export const monotonicClock: LineSinkClock = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
