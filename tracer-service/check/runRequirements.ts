import { btf, kernelOptions } from "./buildRequirements.ts";
import { architecture, kernelRelease, lockdown } from "./kernelRequirements.ts";
import { bpffs, cgroups } from "./mountRequirements.ts";
import { pidNamespace, userNamespace } from "./namespaceRequirements.ts";
import type { NodeFacts } from "./nodeFacts.ts";
import { bpfCapabilities, lockedMemory, runningProcesses, seccomp } from "./privilegeRequirements.ts";
import {
  failed,
  ok,
  skipped,
  type Finding,
  type Requirement,
  type RequirementResult,
} from "./requirement.ts";
import { libbpf, nodeRuntime } from "./softwareRequirements.ts";

/** In the order of the table: the kernel, the tracer's rights, its surroundings, its software. */
const requirements: readonly Requirement[] = [
  kernelRelease,
  architecture,
  btf,
  kernelOptions,
  lockdown,
  userNamespace,
  bpfCapabilities,
  lockedMemory,
  seccomp,
  runningProcesses,
  pidNamespace,
  cgroups,
  bpffs,
  libbpf,
  nodeRuntime,
];

/** What attaching the programs and looking for a marker gave. */
export type SelfTestResult =
  { readonly ok: true; readonly detail: string } | { readonly ok: false; readonly reason: string };

/** Attaches the programs, execs a marker and waits, for a bounded time, to see it come back. */
export type SelfTest = () => Promise<SelfTestResult>;

/** Examines all that the tracer needs of a node; last, and only when nothing else failed, comes the self-test. */
export async function runRequirements(facts: NodeFacts, selfTest: SelfTest): Promise<RequirementResult[]> {
  const results = await Promise.all(
    requirements.map(async (requirement) => ({
      name: requirement.name,
      ...(await requirement.examine(facts)),
    })),
  );
  const failures = results.filter((result) => result.status === "failed").map((result) => result.name);
  const tried =
    failures.length > 0 ? skipped(`pointless: ${failures.join(", ")} failed`) : await run(selfTest);
  return [...results, { name: "self-test", ...tried }];
}

async function run(selfTest: SelfTest): Promise<Finding> {
  const result = await selfTest().catch((error: unknown) => ({
    ok: false as const,
    reason: messageOf(error),
  }));
  if (result.ok) return ok(result.detail);
  return failed(result.reason, hintFor(result.reason));
}

/** A kernel that was asked and found something wrong with the programs is no matter of permission. */
function hintFor(reason: string): string {
  const refused = /did not take the BPF programs: (?!EPERM)/.test(reason);
  return refused
    ? "look at the warnings above; else this kernel's verifier refuses what other kernels take: please report this line with the output of uname -a"
    : "look at the warnings above; else a seccomp profile or a security module (SELinux, AppArmor) may forbid bpf(): see the audit log";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
