import type { CgroupTree } from "../cgroup/cgroupTree.ts";
import { findOwnPod } from "../cgroup/ownPod.ts";
import type { StaticScope } from "../identity/staticProvider.ts";
import { findSelf } from "../kernel/findSelf.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import { constants } from "../kernel/layout.ts";

/** What `--identity static` traces. */
export type StaticTarget =
  | { readonly type: "cgroups"; readonly paths: readonly string[] }
  | { readonly type: "pidNamespace"; readonly inode: number }
  | { readonly type: "ownPod" };

/** How to put the target into the kernel; it throws one line when there is no such thing. */
export function staticScope(target: StaticTarget, kernel: KernelTracer, tree: CgroupTree): StaticScope {
  switch (target.type) {
    case "cgroups":
      return (scope, owner) => {
        for (const given of target.paths) {
          const path = tree.pathWithin(given);
          if (path.split("/").length - 1 > constants.SCOPE_LEVELS) {
            throw new Error(
              `the cgroup ${JSON.stringify(given)} lies deeper than ${String(constants.SCOPE_LEVELS)} levels`,
            );
          }
          const keys = tree.keysOf(path);
          if (keys.length === 0) {
            throw new Error(
              `there is no cgroup ${JSON.stringify(given)}: give its path from the root of its hierarchy, as in /proc/PID/cgroup`,
            );
          }
          for (const key of keys) scope.setCgroupVerdict(key, owner);
          tree.scan(path, () => true);
        }
      };
    case "pidNamespace":
      return (_scope, owner) => {
        kernel.followNamespace(target.inode, owner);
      };
    case "ownPod":
      return (scope, owner) => {
        captureOwnPod(kernel, tree, scope.setCgroupVerdict.bind(scope), owner);
      };
  }
}

/** Captures the tracer's own pod without the tracer's own container. */
export function captureOwnPod(
  kernel: KernelTracer,
  tree: CgroupTree,
  setCgroupVerdict: (key: bigint, owner: number) => void,
  owner: number,
): void {
  const pod = findOwnPod(findSelf(kernel.shared));
  for (const { key, path } of pod.paths) tree.addPath(key, path);
  setCgroupVerdict(pod.containerKey, constants.IGNORED);
  setCgroupVerdict(pod.podKey, owner);
}
