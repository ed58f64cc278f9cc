import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cacheDirectory } from "../../kubernetes/support/cacheDirectory.ts";

/** What the root file system holds beside a minimal Debian. */
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "libbpf1", "logrotate"];
/** The oldest release whose libbpf the service takes. */
const SUITE = "bookworm";

/** Unpacks a minimal Debian with systemd into a new folder, which is the caller's; it is made once and then kept. */
export function makeDebianRoot(): string {
  const id = createHash("sha256")
    .update(JSON.stringify([SUITE, PACKAGES]))
    .digest("hex")
    .slice(0, 12);
  const archive = join(cacheDirectory(), `debian-${id}.tar`);
  if (!existsSync(archive)) build(archive);
  const root = mkdtempSync(join(tmpdir(), "process-logging-debian-"));
  execFileSync("tar", ["-C", root, "-xf", archive, "--numeric-owner", "--xattrs"]);
  // A temporary folder is its owner's alone, and this one is everybody's root.
  chmodSync(root, 0o755);
  return root;
}

function build(archive: string): void {
  const root = mkdtempSync(join(tmpdir(), "process-logging-debootstrap-"));
  try {
    try {
      execFileSync("debootstrap", ["--variant=minbase", `--include=${PACKAGES.join(",")}`, SUITE, root], {
        stdio: ["ignore", "ignore", "inherit"],
      });
    } catch (cause) {
      throw new Error(`could not make a minimal Debian: ${logEnd(root)}`, { cause });
    }
    // Whole or not at all, whoever else makes the same.
    const part = `${archive}.${String(process.pid)}`;
    execFileSync("tar", ["-C", root, "-cf", part, "--numeric-owner", "--xattrs", "."]);
    renameSync(part, archive);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function logEnd(root: string): string {
  const log = join(root, "debootstrap/debootstrap.log");
  return existsSync(log) ? readFileSync(log, "utf8").slice(-500) : "debootstrap said nothing";
}
