import { mkdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

import { mountFileSystem } from "./libc.ts";

/** statfs(2). */
const BPF_FS_MAGIC = 0xcafe4a11;
/** Where systemd mounts it, and everybody looks for it. */
const USUAL_MOUNT_POINT = "/sys/fs/bpf";

/**
 * Makes sure that a directory exists on bpffs, where pins can be made; mounts bpffs at its usual place where that is
 * missing. Throws one line that says what to do.
 */
export function prepareBpfDirectory(path: string): void {
  if (!isOnBpfFileSystem(path)) {
    if (!path.startsWith(`${USUAL_MOUNT_POINT}/`)) {
      throw new Error(`${path} is not on a bpffs: mount one there with "mount -t bpf bpf DIRECTORY"`);
    }
    try {
      mountFileSystem("bpf", USUAL_MOUNT_POINT);
    } catch (cause) {
      throw new Error(
        `no bpffs is mounted at ${USUAL_MOUNT_POINT}, and this service may not do it: "mount -t bpf bpf ${USUAL_MOUNT_POINT}"`,
        { cause },
      );
    }
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`could not make the directory for pins: ${why}`, { cause });
  }
}

/** Whether a path, or the nearest of its parents that exists, lies on bpffs. */
export function isOnBpfFileSystem(path: string): boolean {
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return statfsSync(existing).type === BPF_FS_MAGIC;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || existing === "/") return false;
    }
  }
}
