import type { ShownActivity, WorkspacePod } from "../../source/shownWorkspace.ts";
import { type ClusterNode, isKernelTooOld, LEAST_KERNEL } from "./clusterNode.ts";
import type { ClusterPod, LoggingContainer } from "./clusterPod.ts";
import { namesWorkspace } from "./podLabels.ts";
import { t } from "../../../protocol/text/translate.ts";

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
    return t("the tracer of node {0} was told what a workspace is, and does not tell of this one", node);
  }
  if (hasOwnRules || namesWorkspace(labels)) return undefined;
  return t("no label or annotation names its workspace, neither its own nor its owner's");
}

/** Whether a pod is logged, and whoever reads tracers may not see it. */
export function isHidden(pod: ClusterPod, logging: PodLogging, { sees, told }: PodSurroundings): boolean {
  return logging.loggedBy === "tracer" && !told && sees?.has(pod.namespace) === false;
}

function ownLogging({ running, message }: LoggingContainer, node: ClusterNode | undefined): PodLogging {
  if (running) return { activity: "idle", why: undefined, loggedBy: "sidecar" };
  const why = t("its container exectrace does not run: {0}", message ?? t("it has not started yet"));
  return { activity: "not_logged", why: whyUnready(node) ?? why, loggedBy: undefined };
}

function whyUnready(node: ClusterNode | undefined): string | undefined {
  if (node === undefined || node.ready) return undefined;
  return t("node {0} is not ready: {1}", node.name, node.why ?? t("no reason is known"));
}

function missedBeginning(pod: ClusterPod, tracer: ClusterPod): string | undefined {
  if (pod.startedMs === undefined || pod.startedMs >= tracer.createdMs) return undefined;
  return t("started before the tracer's pod: what ran before that is logged only if an earlier tracer ran");
}

function whyNot(pod: ClusterPod, { node, tracer, tracersKnown }: PodSurroundings): string {
  const where = pod.node ?? "?";
  const unready = whyUnready(node);
  if (unready !== undefined) return unready;
  if (tracer !== undefined) {
    const why = tracer.logging?.message ?? tracer.why ?? t("it has not started yet");
    return t("the tracer of node {0} is not ready: {1}", where, why);
  }
  if (node !== undefined && isKernelTooOld(node.kernel) === true) {
    return t("kernel {0} of node {1} is older than {2}", node.kernel, where, LEAST_KERNEL);
  }
  if (!tracersKnown) return t("you may not see whether node {0} has a tracer", where);
  return t("no tracer on node {0}", where);
}
