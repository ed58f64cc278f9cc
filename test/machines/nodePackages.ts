import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Processor } from "./machines.ts";

const ROOT = join(import.meta.dirname, "../..");
/** As Node.js and npm call them. */
const ARCHITECTURES: Readonly<Record<Processor, string>> = { amd64: "x64", arm64: "arm64" };

/** What npm installs for a processor. */
export interface NodePackages {
  /** The folder that holds `node_modules`. */
  readonly folder: string;
  /** Node.js itself. */
  readonly node: string;
}

/** The checkout's own packages for this machine's processor; for another, the same versions, fetched once into `cache`. */
export function nodePackages(processor: Processor, cache: string): NodePackages {
  const cpu = ARCHITECTURES[processor];
  if (cpu === process.arch) return { folder: ROOT, node: join(ROOT, "node_modules/node/bin/node") };
  const lock = readFileSync(join(ROOT, "package-lock.json"));
  const id = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const folder = join(cache, `npm-${cpu}-${id}`);
  const node = `node-linux-${cpu}`;
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const part = mkdtempSync(`${folder}.`);
    try {
      for (const file of ["package.json", "package-lock.json"])
        copyFileSync(join(ROOT, file), join(part, file));
      const flags = ["--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"];
      npm(["ci", `--cpu=${cpu}`, "--os=linux", "--libc=glibc", ...flags], part);
      mkdirSync(join(part, "node"));
      npm(
        ["install", `--prefix=${join(part, "node")}`, "--force", ...flags, `${node}@${nodeVersion(lock)}`],
        part,
      );
      renameSync(part, folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  return { folder, node: join(folder, "node/node_modules", node, "bin/node") };
}

function nodeVersion(lock: Buffer): string {
  const { packages } = JSON.parse(lock.toString()) as { packages: Record<string, { version?: string }> };
  const version = packages["node_modules/node"]?.version;
  if (version === undefined) throw new Error("package-lock.json names no version of Node.js");
  return version;
}

function npm(args: readonly string[], cwd: string): void {
  const PATH = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
  execFileSync("npm", args, { cwd, stdio: ["ignore", 2, 2], env: { ...process.env, PATH } });
}
