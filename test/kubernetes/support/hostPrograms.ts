import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** Copies programs of this machine, and the libraries that they load, into a root file system. */
export function copyHostPrograms(root: string, names: readonly string[]): void {
  const libraries = new Set<string>();
  for (const name of names) {
    const program = realpathSync(execFileSync("which", [name], { encoding: "utf8" }).trim());
    const target = join(root, "bin", name);
    rmSync(target, { force: true }); // a link to busybox
    copyFileSync(program, target);
    for (const [, library] of execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(/g)) {
      if (library !== undefined) libraries.add(library);
    }
  }
  for (const library of libraries) {
    mkdirSync(dirname(join(root, library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
}
