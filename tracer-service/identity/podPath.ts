/** Where a cgroup lies in kubelet's tree, as its path tells. */
export interface PodPath {
  /** With dashes, as in the API; a static pod's is 32 digits without any. */
  readonly podUid: string;
  /** Path of the pod's own cgroup. */
  readonly pod: string;
  /** The container's id, or undefined in the pod's own cgroup and in what is no container's. */
  readonly containerId: string | undefined;
}

/** Class directories and pods of the cgroupfs driver, and of systemd's, whose names repeat those above them. */
const CLASS = /^(?:burstable|besteffort)$/;
const POD = /^pod([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/;
const SLICE_POD = /^pod([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}|[0-9a-f]{32})\.slice$/;
/** What a runtime calls a container's cgroup: containerd, CRI-O, cri-dockerd; with either driver. */
const CONTAINER = /^(?:(?:cri-containerd|crio|docker|libpod)-)?([0-9a-f]{64})(?:\.scope)?$/;

/**
 * Reads a path below kubelet's root (`/kubepods`, `/kubelet.slice/kubelet-kubepods.slice`, …). Only the place where
 * kubelet itself makes a pod's cgroup counts: a directory that a workspace makes further down, named like another
 * pod's, is looked at by nobody. Undefined for the root, its class directories and anything else.
 */
export function parsePodPath(root: string, path: string): PodPath | undefined {
  if (!path.startsWith(`${root}/`)) return undefined;
  const names = path.slice(root.length + 1).split("/");
  const depth = isClass(root, names[0] ?? "") ? 1 : 0;
  const podUid = podUidOf(root, names[depth - 1], names[depth] ?? "");
  if (podUid === undefined) return undefined;
  return {
    podUid,
    pod: [root, ...names.slice(0, depth + 1)].join("/"),
    containerId: CONTAINER.exec(names[depth + 1] ?? "")?.[1],
  };
}

/** Whether a directory is one in which kubelet keeps the pods of a quality-of-service class. */
export function isClass(root: string, name: string): boolean {
  const prefix = slicePrefix(root);
  if (prefix === undefined) return CLASS.test(name);
  return name.startsWith(prefix) && name.endsWith(".slice") && CLASS.test(name.slice(prefix.length, -6));
}

function podUidOf(root: string, classDirectory: string | undefined, name: string): string | undefined {
  if (slicePrefix(root) === undefined) return POD.exec(name)?.[1];
  const prefix = slicePrefix(classDirectory ?? root) ?? "";
  if (!name.startsWith(prefix)) return undefined;
  return SLICE_POD.exec(name.slice(prefix.length))?.[1]?.replaceAll("_", "-");
}

/** How the names in a slice begin: `a-b.slice` holds `a-b-c.slice`. Undefined where systemd does not name it. */
function slicePrefix(path: string): string | undefined {
  return path.endsWith(".slice") ? `${path.slice(path.lastIndexOf("/") + 1, -6)}-` : undefined;
}
