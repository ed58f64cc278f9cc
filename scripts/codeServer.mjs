import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "./npmPackages.mjs";

/** Where code-server lives, from the repository's root: apart from the other packages, because it takes 600 MB. */
export const CODE_SERVER_FOLDER = "scripts/code-server";

/** What Node 24 runs, from the repository's root. */
export const CODE_SERVER_ENTRY = `${CODE_SERVER_FOLDER}/node_modules/code-server/out/node/entry.js`;

/** npm writes each of these when it has finished an install: code-server's install script runs npm twice more. */
const PARTS = ["lib/vscode", "lib/vscode/extensions"].map(
  (folder) => `node_modules/code-server/${folder}/node_modules/.package-lock.json`,
);

/**
 * True when code-server is there as its lock file says, with what its install script makes.
 * @param {string} root
 * @returns {boolean}
 */
export function isCodeServerInstalled(root) {
  const folder = join(root, CODE_SERVER_FOLDER);
  /** @param {string} file */
  const read = (file) =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined;
  return (
    PARTS.every((file) => existsSync(join(folder, file))) &&
    isInstalled(read("package-lock.json"), read("node_modules/.package-lock.json"))
  );
}

/**
 * Installs code-server from its lock file. Throws one line when that fails.
 * @param {(command: string, args: readonly string[], folder: string) => boolean} run Runs a command, with Node 24 first
 *   on its path, in a folder below the repository's root; false when it failed.
 */
export function installCodeServer(run) {
  // Said on the command line because a user's own npm settings may say otherwise; code-server is nothing without them.
  const args = ["ci", "--include=optional", "--ignore-scripts=false", "--loglevel=error"];
  if (!run("npm", args, CODE_SERVER_FOLDER)) {
    throw new Error("could not install code-server: see npm's messages above, then run this again");
  }
}
