import { readFileSync, statSync } from "node:fs";

import { findV1Controller, parseCgroupMounts, type UsableV1Controller } from "./cgroupMounts.ts";
import type { Hierarchy } from "./cgroupTree.ts";

/** The cgroup hierarchies by which this node's processes are told apart. */
export interface Hierarchies {
  /** Those whose root can be seen: none in a container with a cgroup namespace of its own. */
  readonly visible: readonly Hierarchy[];
  /** The v1 hierarchy that the programs look at beside the unified one. */
  readonly v1: { readonly controller: UsableV1Controller; readonly hierarchy: number } | undefined;
}

/** kernfs gives the root of each hierarchy this inode number; another one is the root of a namespace's part. */
const ROOT_INODE = 1n;

/** Finds them for the process that asks. */
export function findHierarchies(): Hierarchies {
  const mounts = parseCgroupMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  const found = findV1Controller(mounts);
  const number = found && hierarchyNumber(readFileSync("/proc/self/cgroup", "utf8"), found.controller);
  const visible: Hierarchy[] = [];
  if (mounts.unified !== undefined) visible.push({ number: 0, mountPoint: mounts.unified });
  if (found !== undefined && number !== undefined)
    visible.push({ number, mountPoint: found.mount.mountPoint });
  return {
    visible: visible.filter(({ mountPoint }) => statSync(mountPoint, { bigint: true }).ino === ROOT_INODE),
    v1: found && number !== undefined ? { controller: found.controller, hierarchy: number } : undefined,
  };
}

/** Number of a controller's v1 hierarchy, from the text of /proc/self/cgroup (cgroups(7)). */
export function hierarchyNumber(text: string, controller: string): number | undefined {
  for (const line of text.split("\n")) {
    const [number, controllers] = line.split(":", 2);
    if (controllers?.split(",").includes(controller)) return Number(number);
  }
  return undefined;
}
