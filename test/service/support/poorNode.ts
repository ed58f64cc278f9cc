import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Starts what follows as root without any capability. */
export const withoutCapabilities: readonly string[] = [
  "setpriv",
  "--inh-caps=-all",
  "--ambient-caps=-all",
  "--bounding-set=-all",
  "--",
];

const hideAll =
  'for path in $0; do if [ -d "$path" ]; then mount -t tmpfs tmpfs "$path"; else mount --bind /dev/null "$path"; fi || exit; done; exec "$@"';

/**
 * Starts what follows on a node that lacks something: a folder, or a library by its name. Hidden from it alone, in
 * a mount namespace of its own.
 */
export function hiding(what: string): readonly string[] {
  const paths = what.startsWith("/") ? [what] : findLibrary(what);
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", hideAll, paths.join(" ")];
}

/** The files that the loader would take for a library: its own, and those of other versions beside it. */
function findLibrary(name: string): string[] {
  const found = /=> (\S+)/.exec(
    execFileSync("ldconfig", ["-p"], { encoding: "utf8" })
      .split("\n")
      .find((line) => line.trim().startsWith(`${name} `)) ?? "",
  )?.[1];
  if (found === undefined || !existsSync(found)) throw new Error(`${name} is not installed`);
  const folder = dirname(found);
  return readdirSync(folder)
    .filter((file) => file.startsWith(name))
    .map((file) => join(folder, file));
}
