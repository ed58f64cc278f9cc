import type { StreamFilter } from "../../../protocol/stream.ts";
import { passesFilter } from "../../filter/passesFilter.ts";
import type { ClusterPod } from "../inventory/clusterPod.ts";

/** Nodes that are read, and how many more there would be. */
export interface NodesInView {
  readonly nodes: ReadonlySet<string>;
  readonly left: number;
}

/** Where nodes in view are looked for. */
export interface NodeCandidates {
  readonly pods: Iterable<ClusterPod>;
  /** Nodes that may have other workspaces: only their tracers know. */
  readonly nodesWithOwnRules: readonly string[];
}

/**
 * The nodes with workspaces that the filter lets through, and then those that may have some, at most `most`; of either
 * those in `open` before others, so that what is read stays read.
 */
export function nodesInView(
  { pods, nodesWithOwnRules }: NodeCandidates,
  filter: StreamFilter,
  open: ReadonlySet<string>,
  most: number,
): NodesInView {
  const wanted = new Set<string>();
  for (const { node, phase, labels } of pods) {
    if (node !== undefined && phase === "running" && passesFilter(labels, filter)) wanted.add(node);
  }
  const rank = (node: string): number => (wanted.has(node) ? 2 : 0) + (open.has(node) ? 1 : 0);
  const ordered = [...new Set([...wanted, ...nodesWithOwnRules])].sort(
    (one, other) => rank(other) - rank(one) || (one < other ? -1 : 1),
  );
  return { nodes: new Set(ordered.slice(0, most)), left: Math.max(0, ordered.length - most) };
}
