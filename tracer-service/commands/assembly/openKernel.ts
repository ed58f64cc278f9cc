import { release } from "node:os";

import { findHierarchies, type Hierarchies } from "../../cgroup/hierarchies.ts";
import { assertTraceable } from "../../kernel/assertTraceable.ts";
import { KernelTracer, type KernelTracerOptions } from "../../kernel/kernelTracer.ts";
import type { TraceOptions } from "../options/traceOptions.ts";

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

type OpenOptions = Pick<TraceOptions, "bpfObject" | "ringSize" | "processTable"> &
  Partial<Pick<TraceOptions, "execBudget" | "execBurst">>;
type Pinning = Pick<KernelTracerOptions, "pins" | "leaseNs">;

/** Loads the programs as the flags and the scope ask, or finds them pinned, on a kernel that can run them. Throws one line otherwise. */
export function openKernel(
  options: OpenOptions,
  scope: Partial<Scope>,
): { kernel: KernelTracer; hierarchies: Hierarchies } {
  const hierarchies = traceableHierarchies();
  return { kernel: new KernelTracer(tracerOptions(options, hierarchies, scope)), hierarchies };
}

/** The same, while this thread goes on: the kernel takes a good part of a second to verify them. Rejects with one line. */
export async function openKernelAside(
  options: OpenOptions,
  scope: Partial<Scope>,
  pinning: Pinning = {},
): Promise<{ kernel: KernelTracer; hierarchies: Hierarchies }> {
  const hierarchies = traceableHierarchies();
  return {
    kernel: await KernelTracer.open(tracerOptions(options, hierarchies, scope, pinning)),
    hierarchies,
  };
}

function traceableHierarchies(): Hierarchies {
  assertTraceable(release());
  return findHierarchies();
}

function tracerOptions(
  options: OpenOptions,
  hierarchies: Hierarchies,
  scope: Partial<Scope>,
  pinning: Pinning = {},
): KernelTracerOptions {
  const { execBudget = 0, execBurst = 1 } = options;
  return {
    objectPath: options.bpfObject,
    ringBytes: options.ringSize * 1024 * 1024,
    processLimit: options.processTable,
    v1: hierarchies.v1,
    budget: execBudget === 0 ? undefined : { perSecond: execBudget, burst: execBurst },
    ...NO_SCOPE,
    ...scope,
    ...pinning,
  };
}
