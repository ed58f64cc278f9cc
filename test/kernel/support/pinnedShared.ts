import { closeSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { openLibbpf } from "../../../tracer-service/kernel/libbpf.ts";
import { mapFile } from "../../../tracer-service/kernel/pinnedObjects.ts";
import { SharedMemory } from "../../../tracer-service/kernel/sharedMemory.ts";

/** The memory that pinned programs share with whoever reads, seen from beside. */
export class PinnedShared {
  readonly #shared: SharedMemory;

  /** Of the latest load in a directory for pins. */
  constructor(pinDirectory: string) {
    const load =
      readdirSync(pinDirectory)
        .sort((a, b) => Number(a) - Number(b))
        .at(-1) ?? "";
    const fd = openLibbpf().openPinned(join(pinDirectory, load, mapFile(".data.shared")));
    this.#shared = new SharedMemory(fd);
    closeSync(fd);
  }

  /** The programs have stopped because nobody read. */
  get stopped(): boolean {
    return this.#shared.stoppedNs !== 0n;
  }

  /** Until when they collect without a reader, on this process's monotonic clock, ns. */
  get leaseUntilNs(): bigint {
    return this.#shared.leaseUntilNs;
  }

  close(): void {
    this.#shared.close();
  }
}
