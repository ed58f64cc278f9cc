import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The C programs of `test/kernel/programs/`, compiled when they are first asked for, into a folder for all users. */
export class TestPrograms {
  #directory: string | undefined;

  /** A test may put its own files here too. */
  get directory(): string {
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(join(tmpdir(), "process-logging-programs-"));
      chmodSync(this.#directory, 0o755);
    }
    return this.#directory;
  }

  /** Path of a program; linked statically, so that it runs below any root. */
  path(name: string): string {
    const path = join(this.directory, name);
    if (!existsSync(path)) {
      const source = fileURLToPath(new URL(`../programs/${name}.c`, import.meta.url));
      execFileSync("clang", ["-O2", "-Wall", "-Werror", "-static", "-pthread", "-o", path, source]);
    }
    return path;
  }

  /** A path for a file of the test's own. */
  file(name: string): string {
    return join(this.directory, name);
  }

  remove(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }
}
