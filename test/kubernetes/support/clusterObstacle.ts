import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { hasProgram } from "../../containers/support/hasProgram.ts";
import { areProgramsBuilt } from "./kubernetesPrograms.ts";

/** Programs that a cluster on this machine needs, and what Debian and Ubuntu call their packages. */
const NEEDED: Readonly<Record<string, string>> = {
  buildah: "buildah",
  busybox: "busybox-static",
  cc: "gcc",
  containerd: "containerd",
  ctr: "containerd",
  debootstrap: "debootstrap",
  etcd: "etcd-server",
  ip: "iproute2",
  nsenter: "util-linux",
  openssl: "openssl",
  runc: "runc",
};

/** Why no cluster can be brought up on this machine; undefined where it can. */
export function clusterObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root";
  const missing = Object.keys(NEEDED).filter((program) => !hasProgram(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => NEEDED[program] ?? program))].join(" ");
    return `${missing.join(", ")} not installed (Debian and Ubuntu: apt-get install ${packages})`;
  }
  if (!existsSync("/usr/lib/cni/ptp")) {
    return "there are no CNI plugins (Debian and Ubuntu: apt-get install containernetworking-plugins)";
  }
  if (!areProgramsBuilt() && !canBuild()) {
    return "Go 1.24 or later is not installed, which builds Kubernetes: see https://go.dev/dl/";
  }
  return undefined;
}

/** Go 1.21 and later fetch the version that a module asks for. */
function canBuild(): boolean {
  const { stdout } = spawnSync("go", ["version"], { encoding: "utf8" });
  const minor = /go1\.(\d+)/.exec(stdout)?.[1];
  return Number(minor ?? 0) >= 21;
}
