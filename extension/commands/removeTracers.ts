import type { Clock } from "../clock.ts";
import { removeObject } from "../cluster/applyObjects.ts";
import { detachNodes, tracerImages } from "../cluster/detachNodes.ts";
import type { KubeObject } from "../cluster/kubeObject.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { nodesWithTracer } from "../cluster/rollout.ts";
import { waitFor } from "./waitFor.ts";

/** A tracer has half a minute to end, and a kubelet that is slow to say so some more. */
const GONE_TIMEOUT_MS = 120_000;

/** What runs pods: they go first, since a tracer detaches its programs when its pod ends. */
const WORKLOADS: readonly string[] = ["DaemonSet", "Deployment"];

/** How far it is. */
export type RemovalStep =
  | { readonly type: "remove"; readonly object: KubeObject }
  | { readonly type: "wait"; readonly nodes: number }
  | { readonly type: "detach" };

/** What is removed, and what it needs for that. */
export interface RemoveTracersOptions {
  readonly cluster: Pick<OpenCluster, "api" | "source">;
  /** In the order in which they were applied. */
  readonly objects: readonly KubeObject[];
  /** Those that the extension brings: of the pods that detach. */
  readonly manifests: readonly KubeObject[];
  readonly clock: Clock;
  readonly report: (step: RemovalStep) => void;
  readonly signal: AbortSignal;
}

/** Ends the tracers, takes their programs off all nodes, and removes these objects. Gives the nodes on which a tracer may still run. */
export async function removeTracers(options: RemoveTracersOptions): Promise<readonly string[]> {
  const { cluster, objects, manifests, clock, report, signal } = options;
  const { api, source } = cluster;
  const remove = async (object: KubeObject): Promise<void> => {
    report({ type: "remove", object });
    await removeObject(api, object);
  };
  const images = tracerImages(source.inventory);
  const workloads = objects.filter(({ kind }) => WORKLOADS.includes(kind));
  for (const object of workloads) await remove(object);
  const allGone = (): boolean => {
    const nodes = nodesWithTracer(source.inventory);
    report({ type: "wait", nodes: nodes.length });
    return nodes.length === 0;
  };
  const ends = { clock, timeoutMs: GONE_TIMEOUT_MS, signal };
  if (workloads.length > 0) await waitFor(allGone, source.onDidChangeInventory, ends);
  let left: readonly string[] = [];
  if (workloads.length > 0) {
    report({ type: "detach" });
    // Where a tracer still runs, its programs can't be taken from it.
    const stuck = new Set(nodesWithTracer(source.inventory));
    const ended = new Map([...images].filter(([node]) => !stuck.has(node)));
    left = [...stuck, ...(await detachNodes(ended, manifests, { api, clock, signal }))].sort();
  }
  // Also with nodes left: what ends their tracers later is their kubelet, which needs none of these.
  for (const object of objects.filter(({ kind }) => !WORKLOADS.includes(kind)).reverse())
    await remove(object);
  return left;
}
