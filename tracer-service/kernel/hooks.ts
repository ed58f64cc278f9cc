import { release } from "node:os";

import { isAtLeast, parseKernelVersion } from "../kernelVersion.ts";

/** The programs on tracepoints, in the order in which they are attached. */
export const HOOKS = [
  "on_fork",
  "on_rename",
  "on_exec",
  "on_exit",
  "on_cgroup_mkdir",
  "on_cgroup_rmdir",
] as const;

/**
 * Where programs may be preempted, since Linux 7.0: what stands in for those that other tasks need meanwhile, each behind the
 * one before, and what sees an end at the latest (bpf/stand_in.h).
 */
export const STAND_INS: readonly string[] = [
  ...[1, 2].flatMap((standIn) =>
    (["on_fork", "on_rename", "on_exec", "on_exit"] as const).map((hook) => `${hook}_${String(standIn)}`),
  ),
  "on_free",
];

/** The iterator over processes that finds execs for which no program ran; there, too. */
export const FIND_REFUSED = "find_refused";

/** How many programs there are for each event, one behind the other; more than one where they may be preempted. `preemptible` is a test's. */
export function programsAnEvent({ preemptible }: { readonly preemptible?: boolean }): 1 | 3 {
  const version = parseKernelVersion(release());
  return (preemptible ?? (version !== undefined && isAtLeast(version, 7, 0))) ? 3 : 1;
}
