import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { claimWhenFree } from "./claim.mjs";
import { installCodeServer, isCodeServerInstalled } from "./codeServer.mjs";
import { isInstalled } from "./npmPackages.mjs";
import { say } from "./say.mjs";
import {
  BUILD_HASH_FILE,
  BUILD_SOURCES,
  PACKAGE_HASH_FILE,
  PACKAGE_SOURCES,
  sourceHash,
} from "./sourceHash.mjs";
import { installPackages, missingPackages, SYSTEM_PACKAGES } from "./systemPackages.mjs";

/** The repository's root; `import.meta.dirname` is not there before Node 20.11. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Node 24, whatever version runs this script. */
export const NODE = join(ROOT, "node_modules/.bin/node");

/**
 * Makes a fresh checkout ready to run: system packages, npm packages, build, and for the two commands the packed
 * extension and code-server. Does only what is not done yet. Throws one line that says what is wrong and what to do.
 * @param {keyof typeof SYSTEM_PACKAGES} purpose
 */
export function prepare(purpose) {
  const missing = missingPackages(SYSTEM_PACKAGES[purpose]);
  if (missing.length > 0) {
    say(`Installing system packages: ${missing.join(" ")}`);
    const hasAptGet = existsSync("/usr/bin/apt-get");
    installPackages(missing, {
      isRoot: process.getuid?.() === 0,
      hasAptGet,
      run: (command, args, env) => run(command, args, { env }),
    });
  }

  const installed = readIfPresent("node_modules/.package-lock.json");
  if (!existsSync(NODE) || !isInstalled(readIfPresent("package-lock.json"), installed)) {
    say("Installing npm packages");
    installNpmPackages();
  }

  if (readIfPresent(BUILD_HASH_FILE) !== sourceHash(ROOT, BUILD_SOURCES)) {
    say("Building");
    if (!run(NODE, [join(ROOT, "scripts/build.mjs")]))
      throw new Error("the build failed: see its messages above");
  }

  if (purpose === "start" || purpose === "test") prepareEditor();
}

/**
 * As `prepare`, after another process that prepares this checkout.
 * @param {keyof typeof SYSTEM_PACKAGES} purpose
 */
export async function prepareAlone(purpose) {
  const release = await claimWhenFree(`prepare ${ROOT}`, () => {
    say(`Waiting: another npm start or npm test prepares ${ROOT}`);
  });
  try {
    prepare(purpose);
  } finally {
    release();
  }
}

function prepareEditor() {
  if (readIfPresent(PACKAGE_HASH_FILE) !== sourceHash(ROOT, PACKAGE_SOURCES)) {
    say("Packing the extension");
    // What goes in is of no interest here; errors are on stderr.
    if (!run(NODE, [join(ROOT, "scripts/package.mjs")], { quiet: true }))
      throw new Error("the extension could not be packed: see the messages above");
  }

  if (!isCodeServerInstalled(ROOT)) {
    say("Installing code-server: 600 MB, of which some is compiled; this takes some minutes, once");
    // npm is a script that the first Node.js on the path runs, and code-server installs by Node 24 only. It learns that
    // from npm's user agent, and an npm hands its own down to the next.
    const env = {
      PATH: `${dirname(NODE)}${delimiter}${process.env.PATH ?? ""}`,
      npm_config_user_agent: undefined,
    };
    installCodeServer((command, args, folder) => run(command, args, { env, cwd: join(ROOT, folder) }));
  }
}

function installNpmPackages() {
  // Said on the command line because a user's own npm settings may say otherwise: the compiler and Node 24 are
  // development packages, and the latter is put in place by its install script.
  const args = ["ci", "--include=dev", "--include=optional", "--ignore-scripts=false", "--loglevel=error"];
  if (!run("npm", args)) throw new Error("npm ci failed: see its messages above, then run this again");
  const version = spawnSync(NODE, ["--version"], { encoding: "utf8" });
  if (version.status !== 0) {
    throw new Error(
      "npm did not install Node 24: allow the install scripts of package.json's allowScripts, then run npm ci",
    );
  }
}

/**
 * Runs a command to its end with its output on stderr; false when it failed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {Readonly<Record<string, string | undefined>>} [options.env] Undefined takes a variable away.
 * @param {string} [options.cwd]
 * @param {boolean} [options.quiet] Only what it says on stderr is shown.
 * @returns {boolean}
 */
function run(command, args, { env = {}, cwd = ROOT, quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", quiet ? "ignore" : 2, 2],
  });
  if (result.error !== undefined) say(`could not run ${command}: ${result.error.message}`);
  return result.status === 0;
}

/**
 * @param {string} path From the repository's root.
 * @returns {string | undefined}
 */
function readIfPresent(path) {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
