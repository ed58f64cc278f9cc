import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** A recorded log that can be read, from its beginning, as often as asked. */
export interface LogInput {
  /** Names it among all sources. */
  readonly id: string;
  /** As the user knows it. */
  readonly name: string;
  /** The folder that it lies in. */
  readonly place?: string;
  /** Undefined where it is not known; `read` throws when the log can't be opened. */
  sizeBytes(): Promise<number | undefined>;
  read(): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 262_144;

/** A file of this machine. */
export function fileInput(path: string): LogInput {
  return {
    id: `file:${path}`,
    name: basename(path),
    place: dirname(path),
    sizeBytes: async () => {
      const status = await stat(path);
      return status.isFile() ? status.size : undefined;
    },
    read: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>,
  };
}
