import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import type { Tool } from "./tool.ts";

const EXECSNOOP = "/usr/sbin/execsnoop";
const EXECSNOOP_BT = "/usr/sbin/execsnoop.bt";

/** A Debian package and the file of it that is run. */
const PACKAGES = [
  { name: "libbpf-tools", file: EXECSNOOP },
  { name: "bpftrace", file: EXECSNOOP_BT },
] as const;

/** Both find their tracepoints in tracefs, which is mounted for them alone where the machine has none. */
const WITH_TRACEFS = [
  ...["unshare", "--mount", "sh", "-c"],
  `[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing && exec "$@"`,
  "sh",
];

/** The tools that Debian has for the same purpose, installed when missing; `skipped` says which can't be had and why. */
export function findPeers(say: (line: string) => void): { tools: Tool[]; skipped: string[] } {
  const missing = PACKAGES.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length > 0) {
    say(`Installing packages to compare with: ${missing.join(" ")}`);
    install(missing);
  }
  const tools: Tool[] = [];
  const skipped: string[] = [];
  for (const { name, file } of PACKAGES) {
    if (existsSync(file)) tools.push(peer(file));
    else skipped.push(`${name}: not measured, since apt-get could not install it`);
  }
  return { tools, skipped };
}

/** execsnoop with the one kind of scope that it has. */
export function scopedExecsnoop(cgroupDirectory: string): Tool {
  const tool = peer(EXECSNOOP);
  return { ...tool, name: "execsnoop -c", scoped: true, argv: [...tool.argv, "-c", cgroupDirectory] };
}

function peer(file: string): Tool {
  if (file === EXECSNOOP_BT) {
    return {
      name: "bpftrace",
      version: firstLine("bpftrace", "--version"),
      scoped: false,
      argv: [...WITH_TRACEFS, file],
    };
  }
  return {
    name: "execsnoop",
    version: `${firstLine(file, "--version")} (libbpf-tools ${packageVersion("libbpf-tools")})`,
    scoped: false,
    // Into a pipe it would hold its lines back until 4 KiB are full.
    argv: [...WITH_TRACEFS, "stdbuf", "-oL", file],
  };
}

function install(names: readonly string[]): void {
  const aptGet = (args: readonly string[]): boolean =>
    spawnSync("apt-get", args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", 2, 2],
    }).status === 0;
  aptGet(["update", "-q"]);
  aptGet(["install", "-qy", "--no-install-recommends", ...names]);
}

function packageVersion(name: string): string {
  return firstLine("dpkg-query", "--show", "--showformat=${Version}", name);
}

function firstLine(command: string, ...args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  return stdout.split("\n")[0]?.trim() ?? "";
}
