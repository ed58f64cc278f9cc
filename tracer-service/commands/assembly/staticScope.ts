import type { CgroupTree } from "../../cgroup/cgroupTree.ts";
import { findOwnPod, type OwnPod } from "../../cgroup/ownPod.ts";
import type { ScopeControl } from "../../identity/identityProvider.ts";
import { quoteText } from "../../identity/quoteText.ts";
import { scopePathProblem } from "../../identity/scopePath.ts";
import type { StaticScope } from "../../identity/staticProvider.ts";
import type { KernelTracer } from "../../kernel/kernelTracer.ts";
import { constants } from "../../kernel/layout.ts";
import { isPidNamespaceInUse, seesHostPids } from "../../proc/pidNamespace.ts";

/** What `--identity static` traces. */
export type StaticTarget =
  | { readonly type: "cgroups"; readonly paths: readonly string[] }
  | { readonly type: "pidNamespace"; readonly inode: number }
  | { readonly type: "ownPod" };

/** How to put the target into the kernel. Throws one line when there is no such thing, as far as can be told before. */
export function staticScope(target: StaticTarget, kernel: KernelTracer, tree: CgroupTree): StaticScope {
  switch (target.type) {
    case "cgroups": {
      const paths = target.paths.map((given) => cgroupPath(given, tree));
      return (scope, owner) => {
        paths.forEach((path, i) => {
          // First for the cgroup that is made from now on, then for the one that exists: none slips through between.
          scope.setPathVerdict(path, owner, i + 1);
          for (const key of tree.keysOf(path)) scope.setCgroupVerdict(key, owner);
          tree.scan(path, () => true);
        });
        return paths;
      };
    }
    case "pidNamespace":
      requireNamespace(target.inode);
      return (_scope, owner) => {
        kernel.followNamespace(target.inode, owner);
        // One that ended before the kernel was told stays in the scope, for whoever gets its number next.
        try {
          requireNamespace(target.inode);
        } catch (error) {
          kernel.unfollowNamespace(target.inode);
          throw error;
        }
        return [];
      };
    case "ownPod": {
      const pod = findOwnPod(kernel.locateSelf());
      return (scope, owner) => {
        captureOwnPod(pod, tree, scope, owner);
        return [];
      };
    }
  }
}

/** The path from its hierarchy's root of a cgroup that exists and can be in the scope. */
function cgroupPath(given: string, tree: CgroupTree): string {
  // What a script's variable holds that is not set, or what a cgroup namespace shows of what lies outside of it: taken
  // for another path, a whole node could be logged as one workspace.
  if (given === "" || given.split("/").includes("..")) {
    throw new Error(
      `--cgroup: expected a cgroup path such as /workspaces/jessie/main, found ${quoteText(given)}`,
    );
  }
  const path = tree.pathWithin(given);
  const problem = scopePathProblem(path);
  if (problem !== undefined) throw new Error(`--cgroup: expected ${problem}, found ${quoteText(given)}`);
  if (tree.keysOf(path).length === 0) {
    throw new Error(
      `there is no cgroup ${quoteText(given)}: give its path from the root of its hierarchy, as in /proc/PID/cgroup`,
    );
  }
  return path;
}

/** Where /proc does not show the node's processes, nobody can tell. */
function requireNamespace(inode: number): void {
  if (!seesHostPids() || isPidNamespaceInUse(inode)) return;
  throw new Error(
    `--pid-namespace: no process runs in the PID namespace ${String(inode)}: give the number in /proc/PID/ns/pid`,
  );
}

/** Captures the tracer's own pod without the tracer's own container. */
export function captureOwnPod(pod: OwnPod, tree: CgroupTree, scope: ScopeControl, owner: number): void {
  for (const { key, path } of pod.paths) tree.addPath(key, path);
  scope.setCgroupVerdict(pod.containerKey, constants.IGNORED);
  scope.setCgroupVerdict(pod.podKey, owner);
}
