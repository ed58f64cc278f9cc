import { constants } from "../kernel/layout.ts";

/** What a path must be to be put into the kernel's scope, if it is not that. */
export function scopePathProblem(path: string): string | undefined {
  const maxBytes = constants.SCOPE_PATH_BYTES - 1;
  if (path.split("/").length - 1 > constants.SCOPE_LEVELS) {
    return `a cgroup at most ${String(constants.SCOPE_LEVELS)} levels below the root`;
  }
  if (Buffer.byteLength(path) > maxBytes) return `a cgroup path of at most ${String(maxBytes)} bytes`;
  return undefined;
}
