import type { NodeFacts, TracerFacts } from "./clusterObjects.ts";
import type { Heartbeats } from "./heartbeats.ts";

/** A label to set (`ready`) or to remove. */
export interface LabelChange {
  readonly node: NodeFacts;
  readonly ready: boolean;
  /** In words. */
  readonly why: string;
}

/** What the cluster looks like now. */
export interface ClusterView {
  readonly nodes: Iterable<NodeFacts>;
  readonly tracers: Iterable<TracerFacts>;
  readonly heartbeats: Pick<Heartbeats, "lastMs">;
  readonly nowMs: number;
}

/** The label's value. */
export const READY = "true";

/** A kubelet renews its lease every 10 seconds. One that has missed three says nothing that counts any more. */
export const HEARTBEAT_MS = 40_000;

/** The labels that are not as they should be; those to remove come first. */
export function planLabels({ nodes, tracers, heartbeats, nowMs }: ClusterView): LabelChange[] {
  const byNode = new Map<string, TracerFacts>();
  for (const tracer of tracers) {
    if (tracer.node === undefined) continue;
    // While one replaces another, the one that is ready counts.
    const known = byNode.get(tracer.node);
    if (known?.notReady !== undefined || known === undefined) byNode.set(tracer.node, tracer);
  }
  const changes: LabelChange[] = [];
  for (const node of nodes) {
    const why = whyNot(node, byNode.get(node.name), heartbeats.lastMs(node.name), nowMs);
    const ready = why === undefined;
    if (ready ? node.label === READY : node.label === undefined) continue;
    changes.push({ node, ready, why: why ?? "its tracer logs every exec" });
  }
  return changes.sort((one, other) => Number(one.ready) - Number(other.ready));
}

function whyNot(
  node: NodeFacts,
  tracer: TracerFacts | undefined,
  heartbeatMs: number | undefined,
  nowMs: number,
): string | undefined {
  if (tracer === undefined) return "no tracer runs on it";
  if (tracer.notReady !== undefined) return tracer.notReady;
  if (!node.ready) return "the node is not ready";
  if (heartbeatMs === undefined) return "its kubelet has no lease";
  const silentMs = nowMs - heartbeatMs;
  if (silentMs < HEARTBEAT_MS) return undefined;
  return `its kubelet has said nothing for ${String(Math.round(silentMs / 1000))} s`;
}
