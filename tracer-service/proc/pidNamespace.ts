import { readlinkSync } from "node:fs";

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
