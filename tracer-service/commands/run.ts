import { CgroupTree } from "../cgroup/cgroupTree.ts";
import { openDiagnostics } from "../diagnostics.ts";
import { LOOK_INTERVAL_MS } from "../exectrace/kernelFollower.ts";
import { parseLabelFlags } from "../exectrace/labelFlag.ts";
import { LocalProvider } from "../identity/localProvider.ts";
import { workspaceOwners } from "../identity/ownerMemory.ts";
import { OwnerTable } from "../identity/ownerTable.ts";
import { builtInRules, type Rule } from "../identity/rules.ts";
import { StaticProvider } from "../identity/staticProvider.ts";
import { UserNames } from "../identity/userNames.ts";
import { Workspace } from "../identity/workspace.ts";
import { WorkspaceMatcher } from "../identity/workspaceMatcher.ts";
import type { IdentityProvider } from "../identity/identityProvider.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import { lookUpUserName } from "../kernel/libc.ts";
import { keepHeapSmall } from "../kernel/processMemory.ts";
import type { PendingLimits } from "../pipeline/pendingEvents.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { AccessOptions } from "./options/accessOptions.ts";
import { planAccess } from "./assembly/accessPlan.ts";
import { hasKubernetesOptions, type KubernetesOptions } from "./options/kubernetesOptions.ts";
import type { ListenOptions } from "./options/listenOptions.ts";
import { planListening } from "./assembly/listenPlan.ts";
import { openKernelAside } from "./assembly/openKernel.ts";
import type { OpenLog } from "./assembly/openLog.ts";
import { openPins } from "./assembly/openPins.ts";
import { loadParts, openTrace } from "./assembly/openTrace.ts";
import { endOnSignals } from "./assembly/ending.ts";
import type { PinOptions } from "./options/pinOptions.ts";
import { serve } from "./assembly/serve.ts";
import { staticScope, type StaticTarget } from "./assembly/staticScope.ts";
import type { TraceOptions } from "./options/traceOptions.ts";

/** The flags of `tracer-service run`. */
export interface RunOptions
  extends TraceOptions, ListenOptions, AccessOptions, KubernetesOptions, PinOptions {
  readonly identity: "local" | "static" | "kubernetes";
  readonly rules: string | undefined;
  readonly cgroup: readonly string[] | undefined;
  readonly pidNamespace: number | undefined;
  readonly ownPod: boolean;
  readonly label: readonly string[] | undefined;
}

/** Traces, attributes and logs until it is told to stop. Returns the exit status; throws one line. */
export async function run(options: RunOptions): Promise<number> {
  const plan = planListening(options, true, process.geteuid?.() ?? 0, planAccess(options));
  const log = openDiagnostics();
  const ending = endOnSignals();
  const identity = await prepareIdentity(options, log);
  const pins = openPins(options.pinDir, log);
  const pinning = pins && { pins, leaseNs: BigInt(options.lease) * 1_000_000n };
  keepHeapSmall();
  const opening = openKernelAside(options, identity.scope, pinning);
  // While the kernel verifies the programs, the rest of the start begins.
  identity.begin?.();
  void loadParts(options, plan);
  const { kernel, hierarchies } = await opening.catch((error: unknown) => {
    identity.close?.();
    throw error;
  });
  try {
    const tree = new CgroupTree(hierarchies.visible);
    const provider = identity.provider(kernel, tree);
    const trace = await openTrace(options, { ...identity, kernel, provider, log, ending, plan });
    await provider.ready;
    const workspaces = provider.workspaces().length;
    const running = trace.session.snapshot.length;
    log.info(
      { identity: options.identity, workspaces, running, pinned: kernel.pinned, adopted: kernel.adopted },
      "tracing",
    );
    if (workspaces === 0) {
      log.info(
        {},
        "no workspace is here yet; each is logged from its first program on, as soon as its cgroup is made",
      );
    }
    const looking = options.pidNamespace && tellEnd(options.pidNamespace, kernel, log);
    void ending.ended.then(() => identity.ending?.());
    const status = await serve(trace, log, ending);
    clearInterval(looking);
    return status;
  } finally {
    identity.close?.();
    kernel.close();
  }
}

/** Says once that the namespace has ended; whatever follows it has to be named anew. */
function tellEnd(inode: number, kernel: KernelTracer, log: Diagnostics): NodeJS.Timeout {
  const looking = setInterval(() => {
    if (kernel.followsNamespace(inode)) return;
    clearInterval(looking);
    log.warn({ pidNamespace: inode }, "the PID namespace has ended: there is nothing more to log");
  }, LOOK_INTERVAL_MS);
  return looking;
}

interface Identity {
  readonly scope: Parameters<typeof openKernelAside>[1];
  /** What can be asked before anything is captured. */
  begin?(): void;
  provider(kernel: KernelTracer, tree: CgroupTree): IdentityProvider;
  /** Whether events tell of pods. */
  readonly pods?: boolean;
  readonly pendingLimits?: PendingLimits;
  readonly onLog?: (openedLog: OpenLog) => void;
  readonly ending?: () => void;
  close?(): void;
}

/** Everything about identity that can be wrong is found here, before anything touches the kernel. */
async function prepareIdentity(options: RunOptions, log: Diagnostics): Promise<Identity> {
  if (options.identity === "kubernetes") {
    if (options.rules !== undefined || hasStaticOptions(options)) {
      throw new Error(
        "--rules, --cgroup, --pid-namespace, --own-pod and --label do not go with --identity kubernetes",
      );
    }
    // What asks the API server is loaded for who needs it.
    const { prepareKubernetes } = await import("./assembly/kubernetesIdentity.ts");
    return {
      ...(await prepareKubernetes(options, log)),
      scope: { findSelf: true, followPods: true },
      pods: true,
    };
  }
  if (hasKubernetesOptions(options)) {
    throw new Error(
      "--workspace-selector, --capture-namespace, --label-key and --kubelet-cgroup-root go with --identity kubernetes",
    );
  }
  if (options.identity === "static") {
    if (options.rules !== undefined) throw new Error("--rules goes with --identity local");
    const target = staticTarget(options);
    const labels = parseLabelFlags(options.label ?? []);
    if (Object.keys(labels).length === 0) {
      throw new Error("--identity static needs labels: --label username=NAME --label workspace_name=NAME");
    }
    return {
      scope: { followPidNamespaces: target.type === "pidNamespace", findSelf: target.type === "ownPod" },
      provider: (kernel, tree) =>
        new StaticProvider(new Workspace(labels, "static"), tree, kernel, staticScope(target, kernel, tree)),
    };
  }
  if (hasStaticOptions(options)) {
    throw new Error("--cgroup, --pid-namespace, --own-pod and --label go with --identity static");
  }
  const rules = options.rules === undefined ? builtInRules : await readRules(options.rules);
  const users = new UserNames(lookUpUserName, (uid) => {
    log.warn(
      { uid },
      "the password database takes so long that login uids it was never asked for go by their numbers until it has time for them",
    );
  });
  const matcher = new WorkspaceMatcher(rules, users, (problem) => {
    log.warn({ problem }, "a cgroup gives no certain identity and is not taken for a workspace");
  });
  return {
    scope: { loginUidRanges: matcher.loginUidRanges().map(({ first, last }) => [first, last] as const) },
    provider: (kernel, tree) => {
      if (!tree.seesRoot) {
        throw new Error(
          "the host's cgroups can't be seen from here, so paths mean nothing: mount the host's /sys/fs/cgroup and run in its cgroup namespace, or use --identity static",
        );
      }
      return new LocalProvider(
        matcher,
        tree,
        kernel,
        new OwnerTable(kernel.pinned ? workspaceOwners(kernel.ownerTexts) : undefined),
      );
    },
  };
}

function hasStaticOptions({ cgroup, pidNamespace, ownPod, label }: RunOptions): boolean {
  return cgroup !== undefined || pidNamespace !== undefined || ownPod || label !== undefined;
}

/** The YAML parser takes as much memory as all of the service's own code: it is loaded for who needs it. */
async function readRules(path: string): Promise<readonly Rule[]> {
  const { readRulesFile } = await import("../identity/rulesFile.ts");
  return readRulesFile(path);
}

function staticTarget(options: RunOptions): StaticTarget {
  const targets: StaticTarget[] = [];
  if (options.cgroup !== undefined) targets.push({ type: "cgroups", paths: options.cgroup });
  if (options.pidNamespace !== undefined) targets.push({ type: "pidNamespace", inode: options.pidNamespace });
  if (options.ownPod) targets.push({ type: "ownPod" });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new Error("--identity static needs one of --cgroup PATH, --pid-namespace INODE and --own-pod");
  }
  return target;
}
