import type { ShownWorkspace } from "../../source/shownWorkspace.ts";
import type { ClusterPod } from "./clusterPod.ts";
import { isBusy, type SidecarFacts } from "../sidecars/sidecarTally.ts";
import { isHidden, podLogging, type PodSurroundings } from "./podLogging.ts";
import { t } from "../../../protocol/text/translate.ts";

/** The workspace that a pod is: what its cluster says and, where its tracer or its sidecar is read, what that says. */
export function podWorkspace(
  pod: ClusterPod,
  around: Omit<PodSurroundings, "told">,
  told: ShownWorkspace | undefined,
  seen: SidecarFacts | undefined,
  nowMs: number,
): ShownWorkspace {
  const surroundings = { ...around, told: told !== undefined };
  const logging = podLogging(pod, surroundings);
  const { activity, why, loggedBy } = logging;
  const hidden = isHidden(pod, logging, surroundings);
  const place = { node: pod.node, loggedBy, labelKeys: pod.labelKeys, ...(hidden && { hidden }) };
  if (told !== undefined && loggedBy === "tracer") {
    return { ...told, id: pod.uid, why: told.why ?? why, place };
  }
  const sidecar = loggedBy === "sidecar" ? seen : undefined;
  return {
    id: pod.uid,
    labels: pod.labels,
    attribution: "pod",
    namespace: pod.namespace,
    pod: pod.name,
    podUid: pod.uid,
    cgroup: undefined,
    activity: isBusy(sidecar, nowMs) ? "logging" : activity,
    why,
    alive: 0,
    execs: sidecar?.execs ?? told?.execs ?? 0,
    lost: sidecar?.lost ?? told?.lost ?? 0,
    rate: 0,
    lastCommand: sidecar?.lastCommand ?? told?.lastCommand,
    lastExec: sidecar?.lastMs === undefined ? told?.lastExec : new Date(sidecar.lastMs).toISOString(),
    since: new Date(pod.startedMs ?? pod.createdMs).toISOString(),
    place,
    warning: hidden ? hiddenText(pod) : sidecar && warningOf(sidecar),
  };
}

function hiddenText({ node = "?", namespace }: ClusterPod): string {
  return t(
    "the tracer of node {0} shows you nothing of namespace {1}: see Show Missing Rights",
    node,
    namespace,
  );
}

function warningOf({ differs }: SidecarFacts): string | undefined {
  return differs.length === 0 ? undefined : t("its log claims to be of {0}", differs.join(", "));
}
