import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { mainFile } from "../../service/support/tracerService.ts";
import type { Bind } from "./ociConfig.ts";

const BUSYBOX = "/bin/busybox";
const MOUNT_POINTS = ["proc", "dev", "sys", "run", "tmp", "opt"];

/** Makes a root file system of a static busybox, as small images have. */
export function makeBusyboxRoot(directory: string): void {
  for (const name of [...MOUNT_POINTS, "bin", "etc"]) mkdirSync(join(directory, name), { recursive: true });
  copyFileSync(BUSYBOX, join(directory, "bin/busybox"));
  chmodSync(join(directory, "bin/busybox"), 0o755);
  const applets = execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of applets)
    if (applet !== "busybox") symlinkSync("busybox", join(directory, "bin", applet));
  writeFileSync(
    join(directory, "etc/passwd"),
    "root:x:0:0:root:/:/bin/sh\njessie:x:1000:1000:jessie:/:/bin/sh\n",
  );
}

/** Makes a root file system that shows the host's programs (a merged /usr), and returns what has to be bound in. */
export function makeHostRoot(directory: string): readonly Bind[] {
  for (const name of [...MOUNT_POINTS, "usr", "etc"]) mkdirSync(join(directory, name), { recursive: true });
  for (const name of ["bin", "sbin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(directory, name));
  return [{ source: "/usr", destination: "/usr" }];
}

/** Where the built service lies in a container that has `serviceBinds`. */
export const serviceCommand: readonly string[] = ["/opt/node", "/opt/tracer/dist/tracer-service/main.js"];

/** What the service's image holds: Node.js, the built service and its packages. */
export const serviceBinds: readonly Bind[] = [
  { source: process.execPath, destination: "/opt/node" },
  { source: dirname(dirname(mainFile)), destination: "/opt/tracer/dist" },
  {
    source: fileURLToPath(new URL("../../../node_modules", import.meta.url)),
    destination: "/opt/tracer/node_modules",
  },
  {
    source: fileURLToPath(new URL("../../../package.json", import.meta.url)),
    destination: "/opt/tracer/package.json",
  },
];
