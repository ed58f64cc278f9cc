import { readdirSync, readlinkSync } from "node:fs";

/** Inode number of the host's PID namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
export const HOST_PID_NAMESPACE = 4026531836;

/** Inode number of this process's PID namespace. */
export function ownPidNamespace(): number {
  return Number(/\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1]);
}

/** Does /proc show the pids that the kernel's events carry? */
export function seesHostPids(): boolean {
  return ownPidNamespace() === HOST_PID_NAMESPACE;
}

/** Whether /proc shows a process in this PID namespace itself, rather than in one nested in it. */
export function isPidNamespaceInUse(inode: number, proc = "/proc"): boolean {
  return readdirSync(proc).some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`${proc}/${pid}/ns/pid`) === `pid:[${String(inode)}]`;
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}
