import { closeSync, constants, openSync, writeSync } from "node:fs";

/** Where a container leaves its last word for whoever looks at its pod. */
const TERMINATION_LOG = "/dev/termination-log";
const MAX_BYTES = 4_096;

/**
 * Leaves the one line that says why the service ends, for `kubectl describe pod` and the editor. Does nothing where
 * there is no such file: it is the kubelet that makes it.
 */
export function leaveTerminationMessage(message: string, path = TERMINATION_LOG): void {
  try {
    const { O_WRONLY, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK);
    try {
      writeSync(fd, Buffer.from(message).subarray(0, MAX_BYTES));
    } finally {
      closeSync(fd);
    }
  } catch {
    // stderr has it, too.
  }
}
