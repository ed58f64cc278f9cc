import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** All that the content of dist/ depends on, from the repository's root. */
export const BUILD_SOURCES = [
  "bpf",
  "protocol",
  "tracer-service",
  "extension",
  "webview",
  "scripts/build.mjs",
  "deploy/kubernetes/base",
  "scripts/bundleEditor.mjs",
  "scripts/deployManifests.mjs",
  "scripts/architecture.mjs",
  "package-lock.json",
];

/** The file in dist/ that holds the hash of the sources it was built from. */
export const BUILD_HASH_FILE = "dist/.source-hash";

/** All that the packed extension depends on, from the repository's root. */
export const PACKAGE_SOURCES = [
  "dist/extension",
  "dist/webview",
  "extension/media",
  "l10n",
  "package.json",
  "package.nls.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  ".vscodeignore",
  "scripts/package.mjs",
];

/** The file in dist/ that holds the hash of what the extension was packed from. */
export const PACKAGE_HASH_FILE = "dist/.package-hash";

/**
 * SHA-256 over names and content of files and of all files in folders; the same for the same sources on any machine.
 * What does not exist counts as empty.
 * @param {string} root
 * @param {readonly string[]} paths Relative to `root`.
 * @returns {string}
 */
export function sourceHash(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((each) => filesIn(root, each))) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesIn(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(root, join(path, name)));
}
