import type { StreamFilter } from "../../protocol/stream.ts";
import { passesFilter } from "../filter/passesFilter.ts";
import type { ClusterPod } from "./clusterPod.ts";

/** Nodes that are read, and how many more there would be. */
export interface NodesInView {
  readonly nodes: ReadonlySet<string>;
  readonly left: number;
}

/**
 * The nodes with workspaces that the filter lets through, at most `most`; those in `open` before others, so that what
 * is read stays read.
 */
export function nodesInView(
  pods: Iterable<ClusterPod>,
  filter: StreamFilter,
  open: ReadonlySet<string>,
  most: number,
): NodesInView {
  const wanted = new Set<string>();
  for (const { node, phase, labels } of pods) {
    if (node !== undefined && phase === "running" && passesFilter(labels, filter)) wanted.add(node);
  }
  const ordered = [...wanted].sort(
    (one, other) => Number(open.has(other)) - Number(open.has(one)) || (one < other ? -1 : 1),
  );
  return { nodes: new Set(ordered.slice(0, most)), left: Math.max(0, ordered.length - most) };
}
