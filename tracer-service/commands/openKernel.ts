import { release } from "node:os";

import { findHierarchies, type Hierarchies } from "../cgroup/hierarchies.ts";
import { assertTraceable } from "../kernel/assertTraceable.ts";
import { KernelTracer, type KernelTracerOptions } from "../kernel/kernelTracer.ts";
import type { TraceOptions } from "./traceOptions.ts";

type Scope = Pick<
  KernelTracerOptions,
  "loginUidRanges" | "followPidNamespaces" | "followPods" | "findSelf" | "onlyOwnChildren"
>;

const NO_SCOPE: Scope = {
  loginUidRanges: [],
  followPidNamespaces: false,
  followPods: false,
  findSelf: false,
  onlyOwnChildren: false,
};

/** Loads the programs as the flags and the scope ask, or finds them pinned, on a kernel that can run them. Throws one line otherwise. */
export function openKernel(
  options: Pick<TraceOptions, "bpfObject" | "ringSize" | "processTable"> &
    Partial<Pick<TraceOptions, "execBudget" | "execBurst">>,
  scope: Partial<Scope>,
  pinning: Pick<KernelTracerOptions, "pins" | "leaseNs"> = {},
): { kernel: KernelTracer; hierarchies: Hierarchies } {
  assertTraceable(release());
  const hierarchies = findHierarchies();
  const { execBudget = 0, execBurst = 1 } = options;
  const kernel = new KernelTracer({
    objectPath: options.bpfObject,
    ringBytes: options.ringSize * 1024 * 1024,
    processLimit: options.processTable,
    v1: hierarchies.v1,
    budget: execBudget === 0 ? undefined : { perSecond: execBudget, burst: execBurst },
    ...NO_SCOPE,
    ...scope,
    ...pinning,
  });
  return { kernel, hierarchies };
}
