import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The benchmark's own programs, compiled. */
export interface Programs {
  /** Makes execs and notes when; see programs/spawn_load.c. */
  readonly spawnLoad: string;
  /** Reads a tool's output and notes when each line came; see programs/read_lines.c. */
  readonly readLines: string;
  /** What is executed. */
  readonly nothing: string;
  /** Executes it in each way; see programs/exec_kinds.c. */
  readonly execKinds: string;
}

/** Compiles them into `directory`. Throws with the compiler's messages when that fails. */
export function compilePrograms(directory: string): Programs {
  const compile = (name: string): string => {
    const source = fileURLToPath(new URL(`programs/${name}.c`, import.meta.url));
    const path = join(directory, name);
    execFileSync("clang", ["-O2", "-Wall", "-Werror", "-pthread", "-static", "-o", path, source]);
    return path;
  };
  return {
    spawnLoad: compile("spawn_load"),
    readLines: compile("read_lines"),
    nothing: compile("nothing"),
    execKinds: compile("exec_kinds"),
  };
}
