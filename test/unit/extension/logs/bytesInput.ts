import type { LogInput } from "../../../../extension/logs/logInput.ts";

/** A log in memory, read in chunks of so many bytes. */
export function bytesInput(bytes: Uint8Array, chunkBytes = 100): LogInput {
  return {
    id: "memory",
    name: "memory.log",
    sizeBytes: () => Promise.resolve(bytes.length),
    // eslint-disable-next-line @typescript-eslint/require-await -- stands for a file
    async *read() {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}
