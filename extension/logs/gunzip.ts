import { createGunzip } from "node:zlib";

/** Bytes that are given to the decompressor at once: what they become stays in memory, at most a thousand times as many. */
const STEP_BYTES = 16_384;

/**
 * Decompresses gzip, also of several members. What could be read before damage or an early end is given out before
 * the error is thrown.
 */
export async function* gunzip(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const stream = createGunzip();
  const failures: Error[] = [];
  let output: Uint8Array[] = [];
  stream.on("data", (bytes: Uint8Array) => output.push(bytes));
  stream.on("error", (error) => failures.push(error));
  // After damage the stream closes, and calls no writer back.
  let goOn = (): void => undefined;
  stream.on("close", () => {
    goOn();
  });
  const settled = async (begin: (done: () => void) => void): Promise<void> => {
    await new Promise<void>((resolve) => {
      goOn = resolve;
      if (stream.closed) resolve();
      else begin(resolve);
    });
  };
  const take = (): Uint8Array[] => {
    const taken = output;
    output = [];
    return taken;
  };
  try {
    for await (const chunk of compressed) {
      for (let at = 0; at < chunk.length; at += STEP_BYTES) {
        const step = chunk.subarray(at, at + STEP_BYTES);
        await settled((done) => stream.write(step, done));
        yield* take();
        throwFirst(failures);
      }
    }
    // Without a callback: the last output comes with the close.
    await settled(() => stream.end());
    yield* take();
    throwFirst(failures);
  } finally {
    stream.destroy();
  }
}

function throwFirst([failure]: readonly Error[]): void {
  if (failure !== undefined) throw failure;
}
