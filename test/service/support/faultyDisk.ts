import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../programs/disk_faults.c", import.meta.url));

/** A folder whose disk fails as the test says, for a service that is started `through` this. */
export class FaultyDisk {
  /** What each write and sync was, in order: read by `diskJournal.ts`. */
  readonly journal: string;
  readonly through: readonly string[];
  readonly #fault: string;

  /** `folder`: whose files are followed; `directory`: for files of this. */
  constructor(folder: string, directory: string, { record = false } = {}) {
    const library = join(directory, "disk_faults.so");
    execFileSync("clang", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    this.journal = join(directory, "journal");
    this.#fault = join(directory, "fault");
    this.set("");
    this.through = [
      "env",
      `LD_PRELOAD=${library}`,
      `DISK_FOLDER=${folder}`,
      `DISK_FAULT=${this.#fault}`,
      ...(record ? [`DISK_JOURNAL=${this.journal}`] : []),
    ];
  }

  /** `slow MS`, `hold`, `errno N`, or nothing. */
  set(fault: string): void {
    writeFileSync(`${this.#fault}.new`, fault);
    renameSync(`${this.#fault}.new`, this.#fault);
  }
}
