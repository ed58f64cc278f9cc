import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Puts all that the built service needs to run into a folder of its own, so that it can be installed where there is no
 * npm: its code, the BPF programs, the packages that it imports and Node.js 24.
 *
 *     node  tracer-service (starts it)  package.json  dist/  node_modules/
 *
 * @param {string} root The repository, built.
 * @param {string} folder Where it goes.
 * @param {string} installedAs The folder's path once it is installed, for the program that starts it.
 */
export function stageService(root, folder, installedAs) {
  mkdirSync(folder, { recursive: true });
  for (const part of ["dist/tracer-service", "dist/bpf"]) {
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (source) => !source.endsWith(".map"),
    });
  }
  for (const path of runtimePackages(readFileSync(join(root, "node_modules/.package-lock.json"), "utf8"))) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  cpSync(join(root, "node_modules/node/bin/node"), join(folder, "node"));
  const { name, version, license, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(
    join(folder, "package.json"),
    `${JSON.stringify({ name, version, license, type }, null, 2)}\n`,
  );
  const [shebang = ""] = readFileSync(join(folder, "dist/tracer-service/main.js"), "utf8").split("\n", 1);
  writeFileSync(join(folder, "tracer-service"), startProgram(shebang, installedAs));
  chmodSync(join(folder, "tracer-service"), 0o755);
}

/**
 * The installed packages that the service may import, by their paths in the repository: all but those for development.
 * @param {string} lockText node_modules/.package-lock.json.
 * @returns {string[]}
 */
export function runtimePackages(lockText) {
  /** @type {{ packages: Record<string, { dev?: boolean, devOptional?: boolean }> }} */
  const { packages } = JSON.parse(lockText);
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path, _, all) => !all.some((other) => path.startsWith(`${other}/`)));
}

/**
 * A program that runs the service by the Node.js beside it, with the flags that the build chose.
 * @param {string} shebang First line of the built service: `#!/usr/bin/env -S node FLAGS`.
 * @param {string} installedAs
 * @returns {string}
 */
export function startProgram(shebang, installedAs) {
  const flags = /^#!\/usr\/bin\/env -S node\b(.*)$/.exec(shebang)?.[1]?.trim();
  if (flags === undefined) throw new Error(`the built service does not say how to run it: ${shebang}`);
  return `#!/bin/sh\nexec ${installedAs}/node ${flags} ${installedAs}/dist/tracer-service/main.js "$@"\n`;
}
