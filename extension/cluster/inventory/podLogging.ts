import type { ShownActivity, WorkspacePod } from "../../source/shownWorkspace.ts";
import { type ClusterNode, isKernelTooOld, LEAST_KERNEL } from "./clusterNode.ts";
import type { ClusterPod, LoggingContainer } from "./clusterPod.ts";
import { namesWorkspace } from "./podLabels.ts";

/** How it is with the logging of a pod, as far as its cluster tells. */
export interface PodLogging {
  readonly activity: ShownActivity;
  /** Why it is not logged, why it is pending, or what of it was not logged. */
  readonly why: string | undefined;
  readonly loggedBy: WorkspacePod["loggedBy"];
}

/** What is around a pod. Undefined: there is none, or the user has no right to see it. */
export interface PodSurroundings {
  readonly node: ClusterNode | undefined;
  /** Of the node. */
  readonly tracer: ClusterPod | undefined;
  /** Whether the tracers' pods can be seen at all. */
  readonly tracersKnown: boolean;
  /** Namespaces of which that tracer shows the reader something; undefined: of all, or it is not read. */
  readonly sees: ReadonlySet<string> | undefined;
  /** Whether that tracer is read now. */
  readonly read: boolean;
  /** Whether that tracer, where it is read, tells of the pod as of one that it logs. */
  readonly told: boolean;
}

const NO_WORKSPACE = "no label or annotation names its workspace, neither its own nor its owner's";

/** Whether and by whom a workspace's pod is logged, and if not, why not. */
export function podLogging(pod: ClusterPod, around: PodSurroundings): PodLogging {
  if (pod.phase === "stopped") return { activity: "stopped", why: undefined, loggedBy: undefined };
  if (pod.phase === "pending") return { activity: "pending", why: pod.why, loggedBy: undefined };
  // Tracers leave it to that container, whatever becomes of it.
  if (pod.logging !== undefined) return ownLogging(pod.logging, around.node);
  const { tracer, told } = around;
  if (tracer?.logging?.ready === true) {
    const why = told ? undefined : whyNoWorkspace(pod, tracer.logging, around);
    if (why !== undefined) return { activity: "not_logged", why, loggedBy: undefined };
    return { activity: "idle", why: missedBeginning(pod, tracer), loggedBy: "tracer" };
  }
  return { activity: "not_logged", why: whyNot(pod, around), loggedBy: undefined };
}

/** Of a pod of which its tracer does not tell. One that has rules of its own says by that what is a workspace. */
function whyNoWorkspace(
  { namespace, labels, node = "?" }: ClusterPod,
  { hasOwnRules }: LoggingContainer,
  { read, sees }: PodSurroundings,
): string | undefined {
  if (hasOwnRules && read && sees?.has(namespace) !== false) {
    return `the tracer of node ${node} was told what a workspace is, and does not tell of this one`;
  }
  return hasOwnRules || namesWorkspace(labels) ? undefined : NO_WORKSPACE;
}

/** Whether a pod is logged, and whoever reads tracers may not see it. */
export function isHidden(pod: ClusterPod, logging: PodLogging, { sees, told }: PodSurroundings): boolean {
  return logging.loggedBy === "tracer" && !told && sees?.has(pod.namespace) === false;
}

function ownLogging({ running, message }: LoggingContainer, node: ClusterNode | undefined): PodLogging {
  if (running) return { activity: "idle", why: undefined, loggedBy: "sidecar" };
  const why = `its container exectrace does not run: ${message ?? "it has not started yet"}`;
  return { activity: "not_logged", why: whyUnready(node) ?? why, loggedBy: undefined };
}

function whyUnready(node: ClusterNode | undefined): string | undefined {
  if (node === undefined || node.ready) return undefined;
  return `node ${node.name} is not ready: ${node.why ?? "no reason is known"}`;
}

function missedBeginning(pod: ClusterPod, tracer: ClusterPod): string | undefined {
  if (pod.startedMs === undefined || pod.startedMs >= tracer.createdMs) return undefined;
  return "started before the tracer's pod: what ran before that is logged only if an earlier tracer ran";
}

function whyNot(pod: ClusterPod, { node, tracer, tracersKnown }: PodSurroundings): string {
  const where = pod.node ?? "?";
  const unready = whyUnready(node);
  if (unready !== undefined) return unready;
  if (tracer !== undefined) {
    return `the tracer of node ${where} is not ready: ${tracer.logging?.message ?? tracer.why ?? "it has not started yet"}`;
  }
  if (node !== undefined && isKernelTooOld(node.kernel) === true) {
    return `kernel ${node.kernel} of node ${where} is older than ${LEAST_KERNEL}`;
  }
  if (!tracersKnown) return `you may not see whether node ${where} has a tracer`;
  return `no tracer on node ${where}`;
}
