/** Resolves with the exit status that ends the service. */
export interface Ending {
  readonly ended: Promise<number>;
  /** Asks for the end; the first call decides. */
  end(status: number): void;
  /** Has SIGHUP handled; one that has come before is handled now. */
  onHangup(handle: () => void): void;
}

/** An ending that SIGTERM and SIGINT also bring. From now on SIGHUP, whose default is to end at once, waits for its handler. */
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
  let early = false;
  let handle = (): void => {
    early = true;
  };
  process.on("SIGHUP", () => {
    handle();
  });
  const onHangup: Ending["onHangup"] = (handler) => {
    handle = handler;
    if (early) handler();
  };
  return { ended: promise, end, onHangup };
}
