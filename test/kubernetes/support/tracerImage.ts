import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { sourceHash } from "../../../scripts/sourceHash.mjs";
import { makeBaseImage } from "./baseImage.ts";
import { cacheDirectory } from "./cacheDirectory.ts";

/** Name of the tracer's image in the tests. */
export const TRACER_IMAGE = "process-logging/tracer:test";

/** All that the image is built from. */
const SOURCES = [
  "bpf",
  "protocol",
  "tracer-service",
  "deploy/Dockerfile",
  "deploy/image",
  "scripts/build.mjs",
];
const LOCK = ["package.json", "package-lock.json"];
/** Archives of other checkouts and older sources that stay in the cache. */
const KEPT = 4;

const root = join(import.meta.dirname, "../../..");

/** Builds the tracer's image as a user does, unless the cache has one of the same sources; returns its archive. */
export function buildTracerImage(say: (line: string) => void): string {
  const cache = cacheDirectory();
  const hash = sourceHash(root, [...SOURCES, ...LOCK]).slice(0, 16);
  const archive = join(cache, `tracer-${hash}-${process.arch}.tar`);
  if (existsSync(archive)) return archive;
  const base = makeBaseImage(say);
  say("Building the tracer's image: a minute or more, once for these sources");
  const directory = mkdtempSync(join(cache, "build-"));
  try {
    const buildah = new Buildah(directory, join(cache, "buildah"));
    buildah.run("pull", "--quiet", `docker-archive:${base}`);
    buildah.run(
      ...["build", "--isolation=chroot", "--pull-never", "--quiet", `--tag=${TRACER_IMAGE}`],
      ...secret("npmrc", join(homedir(), ".npmrc")),
      ...secret("ca", process.env["NODE_EXTRA_CA_CERTS"]),
      ...["--file", join(root, "deploy/Dockerfile"), root],
    );
    const unfinished = join(directory, "image.tar");
    buildah.run("push", "--quiet", TRACER_IMAGE, `docker-archive:${unfinished}:${TRACER_IMAGE}`);
    renameSync(unfinished, archive);
    removeOldest(cache);
    return archive;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** buildah with its storage in a folder, and what its builds share in another. */
class Buildah {
  readonly #global: readonly string[];
  readonly #shared: string;

  constructor(directory: string, shared: string) {
    mkdirSync(shared, { recursive: true });
    this.#shared = shared;
    this.#global = [
      "--storage-driver=vfs",
      `--root=${join(directory, "storage")}`,
      `--runroot=${join(directory, "run")}`,
    ];
  }

  run(command: string, ...args: string[]): void {
    const { status } = spawnSync("buildah", [...this.#global, command, ...args], {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, TMPDIR: this.#shared },
    });
    if (status !== 0) throw new Error(`buildah ${command} failed: see its messages above`);
  }
}

function secret(id: string, file: string | undefined): string[] {
  return file !== undefined && existsSync(file) ? [`--secret=id=${id},src=${file}`] : [];
}

function removeOldest(cache: string): void {
  const archives = readdirSync(cache)
    .filter((name) => /^tracer-[0-9a-f]+-\w+\.tar$/.test(name))
    .map((name) => join(cache, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const archive of archives.slice(KEPT)) rmSync(archive, { force: true });
}
