import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { cacheDirectory } from "./cacheDirectory.ts";
import { writeDockerArchive } from "./dockerArchive.ts";

/** What deploy/Dockerfile builds on, by default. */
const BASE_IMAGE = "node:24-bookworm-slim";

const SUITE = "bookworm";
/** Those of the Dockerfile are among them, so that it has nothing left to fetch. */
const PACKAGES = "ca-certificates,clang,libbpf-dev,libbpf1,linux-libc-dev";

/**
 * The archive of an image that stands in for the one of a registry: Debian with Node.js 24 and npm. The first time it is
 * made from Debian's packages, which takes a minute or two.
 */
export function makeBaseImage(say: (line: string) => void): string {
  const archive = join(cacheDirectory(), `node-24-${SUITE}-${process.arch}.tar`);
  if (existsSync(archive)) return archive;
  say("Making a base image of Debian's packages: some minutes, once");
  const directory = mkdtempSync(join(cacheDirectory(), "base-"));
  try {
    const root = join(directory, "root");
    const args = ["--variant=minbase", `--include=${PACKAGES}`, SUITE, root];
    const { status } = spawnSync("debootstrap", args, { stdio: ["ignore", "ignore", 2] });
    if (status !== 0) throw new Error(`debootstrap could not install ${SUITE}`);
    rmSync(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
    addNode(join(root, "usr/local"));
    const unfinished = join(directory, "image.tar");
    writeDockerArchive(
      root,
      BASE_IMAGE,
      { Env: ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"] },
      unfinished,
    );
    renameSync(unfinished, archive);
    return archive;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Puts this process's Node.js and the machine's npm where the image of a registry has them. */
function addNode(local: string): void {
  const npm = dirname(dirname(realpathSync(execFileSync("which", ["npm"], { encoding: "utf8" }).trim())));
  mkdirSync(join(local, "lib/node_modules"), { recursive: true });
  cpSync(npm, join(local, "lib/node_modules/npm"), { recursive: true });
  cpSync(process.execPath, join(local, "bin/node"));
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
}
