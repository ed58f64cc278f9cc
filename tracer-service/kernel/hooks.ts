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

/** Those that other tasks may need while they are preempted, since Linux 7.0: bpf/stand_in.h. Their stand-ins, each behind the one before. */
export const STAND_INS = [1, 2].flatMap((standIn) =>
  (["on_fork", "on_rename", "on_exec", "on_exit"] as const).map((hook) => `${hook}_${String(standIn)}`),
);

/** How many programs there are for each event, one behind the other. `preemptible` is a test's. */
export function programsAnEvent({ preemptible }: { readonly preemptible?: boolean }): 1 | 3 {
  const version = parseKernelVersion(release());
  return (preemptible ?? (version !== undefined && isAtLeast(version, 7, 0))) ? 3 : 1;
}
