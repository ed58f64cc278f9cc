import type { ClusterInventory } from "../inventory/clusterInventory.ts";
import { nodeVerdict } from "../inventory/nodeVerdict.ts";
import { t } from "../../../protocol/text/translate.ts";

/** A node and why it does not log yet. */
export interface WaitingNode {
  readonly node: string;
  readonly why: string;
}

/** How far the tracers of a cluster are. */
export interface Rollout {
  readonly ready: readonly string[];
  readonly waiting: readonly WaitingNode[];
  /** Nodes for which it is of no use to wait. */
  readonly unfit: readonly WaitingNode[];
}

/** Which nodes log, with this image if one is given, and which don't and why; those that run no Linux are left out. */
export function rolloutOf(inventory: ClusterInventory, image?: string): Rollout {
  const ready: string[] = [];
  const waiting: WaitingNode[] = [];
  const unfit: WaitingNode[] = [];
  for (const node of inventory.nodes.values()) {
    if (node.os !== "" && node.os !== "linux") continue;
    const tracer = inventory.tracerOf(node.name);
    const { state, why } = nodeVerdict(node, tracer, image);
    if (state === "logs") ready.push(node.name);
    else if (state === "unfit") unfit.push({ node: node.name, why });
    else
      waiting.push({
        node: node.name,
        why: state === "unknown" ? t("no pod of the tracer is there yet") : why,
      });
  }
  const byName = (one: WaitingNode, other: WaitingNode): number => (one.node < other.node ? -1 : 1);
  return { ready: ready.sort(), waiting: waiting.sort(byName), unfit: unfit.sort(byName) };
}

/** Nodes that still have a tracer's pod: there the programs may still be attached. */
export function nodesWithTracer(inventory: ClusterInventory): readonly string[] {
  const nodes = [...inventory.tracers.values()]
    .filter(({ phase, node }) => phase !== "stopped" && node !== undefined)
    .map(({ node }) => node ?? "");
  return [...new Set(nodes)].sort();
}
