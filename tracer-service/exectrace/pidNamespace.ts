import { HOST_PID_NAMESPACE, ownPidNamespace } from "../proc/pidNamespace.ts";

const MAX_INODE = 0xffff_ffff;

/** The inode number of a PID namespace that may be logged, or why it may not: one line. */
export type PidNamespace =
  | { readonly type: "namespace"; readonly inode: number }
  | { readonly type: "invalid"; readonly reason: string };

/** Reads the inode number of a PID namespace, decimal digits only; refuses that of the whole node. */
export function parsePidNamespace(text: string): PidNamespace {
  const inode = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : NaN;
  if (!(inode <= MAX_INODE)) {
    return {
      type: "invalid",
      reason: "expected the inode number of a PID namespace, a decimal number from 1 to 4294967295",
    };
  }
  if (inode === HOST_PID_NAMESPACE) {
    return {
      type: "invalid",
      reason:
        "this is the PID namespace of the whole node, and every process of it would be logged as one user's: " +
        "a container has its own where its pod is without hostPID",
    };
  }
  return { type: "namespace", inode };
}

/** Inode number of the PID namespace that this process runs in. Throws one line where it must not be logged. */
export function readOwnPidNamespace(read: () => number = ownPidNamespace): number {
  const namespace = parsePidNamespace(String(read()));
  if (namespace.type === "invalid") {
    throw new Error(`--use-local-pidns: could not use this container's PID namespace: ${namespace.reason}`);
  }
  return namespace.inode;
}
