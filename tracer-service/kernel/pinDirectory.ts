import { closeSync, mkdirSync, openSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { tryLock } from "./libc.ts";

/**
 * A directory of bpffs that holds what one service leaves in the kernel: a numbered directory for each load of the
 * programs, the latest of which collects. It is locked while it is open, since a ring has only one reader.
 */
export class PinDirectory {
  readonly path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Locks it. Throws one line when another service has it, and the file system's error where there is none. */
  static open(path: string): PinDirectory {
    const fd = openSync(path, "r");
    if (!tryLock(fd)) {
      closeSync(fd);
      throw new Error(
        `another service reads what is pinned in ${path}: stop it first, or give this one another --pin-dir`,
      );
    }
    return new PinDirectory(path, fd);
  }

  /** The loads whose pins are there, oldest first. */
  loads(): string[] {
    return readdirSync(this.path)
      .filter((name) => /^[1-9]\d{0,14}$/.test(name))
      .sort((a, b) => Number(a) - Number(b))
      .map((name) => join(this.path, name));
  }

  /** Makes the directory of a new load. */
  addLoad(): string {
    const latest = this.loads().at(-1);
    const number = latest === undefined ? 1 : Number(latest.slice(this.path.length + 1)) + 1;
    const directory = join(this.path, String(number));
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  }

  /** Removes the pins of a load: what nobody else holds leaves the kernel. Links first: then nothing collects unread. */
  removeLoad(directory: string): void {
    const files = readdirSync(directory).sort(
      (a, b) => Number(b.startsWith("link_")) - Number(a.startsWith("link_")),
    );
    for (const file of files) rmSync(join(directory, file), { force: true });
    rmdirSync(directory);
  }

  /** Removes everything, itself included. */
  remove(): void {
    for (const load of this.loads()) this.removeLoad(load);
    rmdirSync(this.path);
  }

  /** Lets another service have it. */
  close(): void {
    closeSync(this.#fd);
  }
}
