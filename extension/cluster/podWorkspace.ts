import type { ShownWorkspace } from "../source/shownWorkspace.ts";
import type { ClusterPod } from "./clusterPod.ts";
import { podLogging, type PodSurroundings } from "./podLogging.ts";

/** The workspace that a pod is: what its cluster says and, where its tracer is read, what that says. */
export function podWorkspace(
  pod: ClusterPod,
  around: PodSurroundings,
  told: ShownWorkspace | undefined,
): ShownWorkspace {
  const { activity, why, loggedBy } = podLogging(pod, around);
  const place = { node: pod.node, loggedBy, labelKeys: pod.labelKeys };
  if (told !== undefined && loggedBy === "tracer") {
    return { ...told, id: pod.uid, why: told.why ?? why, place };
  }
  return {
    id: pod.uid,
    labels: pod.labels,
    attribution: "pod",
    namespace: pod.namespace,
    pod: pod.name,
    podUid: pod.uid,
    cgroup: undefined,
    activity,
    why,
    alive: 0,
    execs: told?.execs ?? 0,
    lost: told?.lost ?? 0,
    rate: 0,
    lastCommand: told?.lastCommand,
    lastExec: told?.lastExec,
    since: new Date(pod.startedMs ?? pod.createdMs).toISOString(),
    place,
  };
}
