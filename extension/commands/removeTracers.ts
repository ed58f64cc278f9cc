import type { Clock } from "../clock.ts";
import { removeObject } from "../cluster/deploy/applyObjects.ts";
import { detachNodes, tracerImages } from "../cluster/deploy/detachNodes.ts";
import type { KubeObject } from "../cluster/api/kubeObject.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { removeReadyLabels } from "../cluster/deploy/readyLabels.ts";
import { nodesWithTracer } from "../cluster/deploy/rollout.ts";
import { waitFor } from "./waitFor.ts";

/** A tracer has half a minute to end, and a kubelet that is slow to say so some more. */
const GONE_TIMEOUT_MS = 120_000;
/** The controller acts within a second, and another copy of it takes over within 15. */
const LABELS_TIMEOUT_MS = 30_000;

/** How far it is. */
export type RemovalStep =
  | { readonly type: "remove"; readonly object: KubeObject }
  | { readonly type: "tracers"; readonly nodes: number }
  | { readonly type: "labels"; readonly nodes: number }
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

/** How it ended. */
export interface Removal {
  /** The user gave up: what was not removed yet is still there, and works. */
  readonly stopped: boolean;
  /** Nodes on which a tracer may still run, or its programs be attached. */
  readonly unreached: readonly string[];
  /** Nodes that still carry the label of nodes that log: because of them all but the tracers was left. */
  readonly labelled: readonly string[];
}

/**
 * Ends the tracers, sees to it that no node carries the label of nodes that log, takes the programs off all nodes, and
 * removes the rest. The controller of the label goes after the last label only: workspaces that need it would start where
 * nobody logs them. Stopped anywhere, it is gone on with by the next call.
 */
export async function removeTracers(options: RemoveTracersOptions): Promise<Removal> {
  const { cluster, objects, report, signal } = options;
  const remove = async (some: readonly KubeObject[]): Promise<void> => {
    for (const object of some) {
      if (signal.aborted) return;
      report({ type: "remove", object });
      await removeObject(cluster.api, object);
    }
  };
  const tracers = objects.filter(({ kind }) => kind === "DaemonSet");
  const controllers = objects.filter(({ kind }) => kind === "Deployment");
  let unreached: readonly string[] = [];
  let labelled: readonly string[] = [];
  if (tracers.length > 0 || controllers.length > 0) {
    const images = await tracerImages(cluster, tracers.length > 0 ? undefined : controllers[0]);
    await remove(tracers);
    await waitForTracers(options);
    if (controllers.length > 0) labelled = await takeLabels(options);
    unreached = await detach(options, images);
  }
  // Also with nodes that were not reached: what ends their tracers later is their kubelet, which needs none of these.
  if (labelled.length === 0) await remove(objects.filter((object) => !tracers.includes(object)).reverse());
  return { stopped: signal.aborted, unreached, labelled };
}

/** A kubelet that is silent ends no tracer, however long one waits. */
async function waitForTracers({ cluster, report, ...ends }: RemoveTracersOptions): Promise<void> {
  const { inventory, onDidChangeInventory } = cluster.source;
  const noneLeft = (): boolean => {
    const nodes = nodesWithTracer(inventory).filter((node) => inventory.nodes.get(node)?.ready === true);
    report({ type: "tracers", nodes: nodes.length });
    return nodes.length === 0;
  };
  await waitFor(noneLeft, onDidChangeInventory, { ...ends, timeoutMs: GONE_TIMEOUT_MS });
}

/** The controller takes the labels of nodes without a tracer; where it does not, the user's own rights may do. */
async function takeLabels({ cluster, report, ...ends }: RemoveTracersOptions): Promise<readonly string[]> {
  const { inventory, onDidChangeInventory } = cluster.source;
  const noneLeft = (): boolean => {
    const nodes = [...inventory.nodes.values()].filter(({ labelled }) => labelled);
    report({ type: "labels", nodes: nodes.length });
    return nodes.length === 0;
  };
  await waitFor(noneLeft, onDidChangeInventory, { ...ends, timeoutMs: LABELS_TIMEOUT_MS });
  return ends.signal.aborted ? [] : removeReadyLabels(cluster.api);
}

/** Gives the nodes on which a tracer or its programs may be left. */
async function detach(
  { cluster, manifests, clock, report, signal }: RemoveTracersOptions,
  images: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  if (signal.aborted) return [];
  report({ type: "detach" });
  const { inventory } = cluster.source;
  const silent = [...images.keys()].filter((node) => inventory.nodes.get(node)?.ready !== true);
  // Where a tracer still runs, its programs can't be taken from it.
  const left = new Set([...nodesWithTracer(inventory), ...silent]);
  const reachable = new Map([...images].filter(([node]) => !left.has(node)));
  const failed = await detachNodes(reachable, manifests, { api: cluster.api, clock, signal });
  return [...left, ...failed].sort();
}
