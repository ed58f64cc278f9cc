import type { ClusterInventory } from "./clusterInventory.ts";
import { TRACER_NAMESPACE } from "./clusterPod.ts";
import { nodePod } from "./deployment.ts";
import type { KubeObject } from "./kubeObject.ts";
import { type RunPodOptions, runNodePod } from "./runNodePod.ts";
import { Turns } from "./turns.ts";

/** Pods that run at a time. */
const MAX_AT_ONCE = 10;

/** The nodes with a tracer, and the image that it runs. */
export function tracerImages(inventory: ClusterInventory): ReadonlyMap<string, string> {
  const images = new Map<string, string>();
  for (const { node, logging } of inventory.tracers.values()) {
    if (node !== undefined && logging !== undefined) images.set(node, logging.image);
  }
  return images;
}

/**
 * Takes the programs off nodes whose tracers have ended: they are pinned, so that they outlive one. Gives the nodes on
 * which that did not succeed.
 */
export async function detachNodes(
  images: ReadonlyMap<string, string>,
  manifests: readonly KubeObject[],
  options: RunPodOptions,
): Promise<readonly string[]> {
  const turns = new Turns(MAX_AT_ONCE);
  const results = await Promise.all(
    [...images].map(async ([node, image]) => {
      const pod = nodePod(manifests, { image, node, namespace: TRACER_NAMESPACE, command: "uninstall" });
      const { succeeded } = await turns
        .run(() => runNodePod(pod, options))
        .catch(() => ({ succeeded: false }));
      return succeeded ? undefined : node;
    }),
  );
  return results.filter((node) => node !== undefined).sort();
}
