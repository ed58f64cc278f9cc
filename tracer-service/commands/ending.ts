/** Resolves with the exit status that ends the service. */
export interface Ending {
  readonly ended: Promise<number>;
  /** Asks for the end; the first call decides. */
  end(status: number): void;
}

/** An ending that SIGTERM and SIGINT also bring. */
export function endOnSignals(): Ending {
  const { promise, resolve } = Promise.withResolvers<number>();
  const end = (status: number): void => {
    resolve(status);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      end(0);
    });
  }
  return { ended: promise, end };
}
