import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { DebianArchive } from "./debianArchive.ts";
import type { Machine } from "./machines.ts";

/** Fetches the newest kernel that a machine may have, and unpacks its image into `folder`; the image's path. */
export function fetchKernel({ suite, version, processor }: Machine, folder: string, cache: string): string {
  const archive = new DebianArchive(suite, processor, join(cache, `${suite}-${processor}`));
  // Since 7.1 the image is in a package of its own, that the other depends on.
  const name =
    archive.newest(new RegExp(`^linux-binary-${version.source}[^-]*-${processor}$`)) ??
    archive.newest(new RegExp(`^linux-image-${version.source}[^-]*(-\\d+)?-${processor}$`));
  if (name === undefined) throw new Error(`Debian ${suite} has no kernel ${version.source} for ${processor}`);
  const file = archive.fetchAlone(name);
  const line = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --wildcards "*/vmlinuz*" --transform="s,.*/,,"';
  execFileSync("sh", ["-c", line, "sh", file], { cwd: folder });
  const image = readdirSync(folder).find((entry) => entry.startsWith("vmlinuz"));
  if (image === undefined) throw new Error(`the package ${name} holds no kernel`);
  return join(folder, image);
}
