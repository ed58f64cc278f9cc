/** One mount of a line of /proc/PID/mountinfo. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the file system: the same for all mounts of one cgroup hierarchy. */
  readonly device: string;
  /** Directory of the file system that is mounted; not `/` for bind mounts and outside the own cgroup namespace. */
  readonly root: string;
  readonly mountPoint: string;
  readonly readOnly: boolean;
  readonly fileSystem: string;
  /** Options of the file system, such as the controllers of a cgroup v1 hierarchy. */
  readonly options: readonly string[];
}

/**
 * Mounts of the given file systems in a mountinfo file, except those that a later mount covers, so that no path
 * leads to them any more. Lines that are not whole are left out.
 */
export function parseMountinfo(mountinfo: string, fileSystems: readonly string[]): Mount[] {
  const mounts = mountinfo.split("\n").flatMap((line) => parseLine(line) ?? []);
  const wanted = mounts.filter((mount) => fileSystems.includes(mount.fileSystem));
  const ids = new Set(mounts.map((mount) => mount.id));
  const roots = mounts.filter((mount) => mount.mountPoint === "/");
  const bottom = roots.find((mount) => mount.id === mount.parentId || !ids.has(mount.parentId)) ?? roots[0];
  // Without a root, as after chroot into a plain directory, nothing tells what is covered.
  if (!bottom) return wanted;
  const children = Map.groupBy(mounts, (mount) => mount.parentId);
  return wanted.filter((mount) => mountAt(mount.mountPoint, bottom, children) === mount);
}

function parseLine(line: string): Mount | undefined {
  const fields = line.split(" ");
  // A varying number of optional fields ends with a dash.
  const dash = fields.indexOf("-", 6);
  const [id, parentId, device, root, mountPoint, mountOptions] = fields;
  const fileSystem = fields[dash + 1];
  const options = fields[dash + 3];
  if (dash < 0 || !device || !root || !mountPoint || !mountOptions || !fileSystem || options === undefined) {
    return undefined;
  }
  return {
    id: Number(id),
    parentId: Number(parentId),
    device,
    root: unescape(root),
    mountPoint: unescape(mountPoint),
    readOnly: mountOptions.split(",").includes("ro"),
    fileSystem,
    options: options.split(","),
  };
}

/** The kernel writes white space, `#` and backslashes as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** Walks a path as the kernel does, entering each mount on the way, and returns the one that it ends in. */
function mountAt(path: string, bottom: Mount, children: ReadonlyMap<number, readonly Mount[]>): Mount {
  const passed = new Set([bottom]);
  for (let current = bottom; ;) {
    const [nearest] = (children.get(current.id) ?? [])
      .filter((child) => !passed.has(child) && contains(child.mountPoint, path))
      .sort((a, b) => a.mountPoint.length - b.mountPoint.length);
    if (!nearest) return current;
    passed.add(nearest);
    current = nearest;
  }
}

function contains(folder: string, path: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
