import { parseMountinfo, type Mount } from "./mountinfo.ts";

/** Controllers by whose v1 hierarchy the tracer can tell containers apart, the first that is mounted being used. */
export const usableV1Controllers = ["pids", "memory", "cpu", "devices"] as const;

/** See `usableV1Controllers`. */
export type UsableV1Controller = (typeof usableV1Controllers)[number];

/** One cgroup v1 hierarchy and where it is mounted. */
export interface V1Mount {
  /** Such as `cpu` and `cpuacct`, or `name=systemd` for a hierarchy without controllers. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  /** Path within the hierarchy that the mount point shows; starts with `/..` outside the own cgroup namespace. */
  readonly root: string;
}

/** Where the cgroups of a host can be found. */
export interface CgroupMounts {
  /** `hybrid`: v2, and a v1 hierarchy of a usable controller beside it, which then is the one that holds containers. */
  readonly mode: "v2" | "hybrid" | "v1" | "none";
  /** Mount point of cgroup v2. */
  readonly unified?: string;
  /** Path within cgroup v2 that its mount point shows, as in `V1Mount`; there when `unified` is. */
  readonly unifiedRoot?: string;
  /** One mount of each v1 hierarchy. */
  readonly v1: readonly V1Mount[];
}

/**
 * Finds the cgroup hierarchies in a mountinfo file. Of several mounts of one hierarchy it takes the one that shows
 * the whole of it, and of those the one with the shortest path.
 */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  const mounts = parseMountinfo(mountinfo, ["cgroup", "cgroup2"]);
  const [unified] = bestMounts(mounts.filter((mount) => mount.fileSystem === "cgroup2"));
  const v1 = bestMounts(mounts.filter((mount) => mount.fileSystem === "cgroup")).map(toV1Mount);
  const usable = findV1Controller({ v1 }) !== undefined;
  if (!unified) return { mode: v1.length > 0 ? "v1" : "none", v1 };
  return { mode: usable ? "hybrid" : "v2", unified: unified.mountPoint, unifiedRoot: unified.root, v1 };
}

/** The v1 hierarchy to tell containers apart by, and the controller that names it; undefined when none is mounted. */
export function findV1Controller(
  mounts: Pick<CgroupMounts, "v1">,
): { readonly controller: UsableV1Controller; readonly mount: V1Mount } | undefined {
  for (const controller of usableV1Controllers) {
    const mount = mounts.v1.find((candidate) => candidate.controllers.includes(controller));
    if (mount) return { controller, mount };
  }
  return undefined;
}

function bestMounts(mounts: readonly Mount[]): Mount[] {
  const hierarchies = Map.groupBy(mounts, (mount) => mount.device);
  return [...hierarchies.values()].map((same) =>
    same.reduce((best, mount) => (isBetter(mount, best) ? mount : best)),
  );
}

function isBetter(a: Mount, b: Mount): boolean {
  const wholeA = a.root === "/";
  return wholeA === (b.root === "/") ? a.mountPoint.length < b.mountPoint.length : wholeA;
}

/** Options of a v1 hierarchy are its controllers, its name, and these or others with a value. */
const flags = new Set([
  "rw",
  "ro",
  "xattr",
  "noprefix",
  "clone_children",
  "cpuset_v2_mode",
  "favordynmods",
  "seclabel",
]);

function toV1Mount({ options, mountPoint, root }: Mount): V1Mount {
  const isController = (option: string) =>
    option.includes("=") ? option.startsWith("name=") : option !== "" && !flags.has(option);
  return { controllers: options.filter(isController), mountPoint, root };
}
