import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The C programs of `test/kernel/programs/`, compiled when they are first asked for, into a folder for all users. A
 * machine without a compiler names a folder of compiled ones in `COMPILED_TEST_PROGRAMS`.
 */
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
      const compiled = process.env["COMPILED_TEST_PROGRAMS"];
      if (compiled === undefined) compileTestProgram(name, path);
      else copyFileSync(join(compiled, name), path);
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

const COMPILER: readonly [string, ...string[]] = ["clang"];

/** Compiles a program of `test/kernel/programs/`; `compiler` is a command with its first arguments. */
export function compileTestProgram(name: string, path: string, compiler = COMPILER): void {
  const source = fileURLToPath(new URL(`../programs/${name}.c`, import.meta.url));
  const [command, ...first] = compiler;
  execFileSync(command, [...first, "-O2", "-Wall", "-Werror", "-static", "-pthread", "-o", path, source]);
}
