/** Time for the stream: a seam for tests. */
export interface StreamClock {
  /** Wall clock, ms since 1970 UTC. */
  nowMs(): number;
  /** Calls once after `ms`; the function returned cancels it. */
  after(ms: number, call: () => void): () => void;
}

/** This process's own time; its timers do not keep the process alive. */
export const systemClock: StreamClock = {
  nowMs: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
