import type { ApiServer } from "../api/apiServer.ts";
import { TRACER_NAMESPACE } from "../inventory/clusterPod.ts";
import { nodePod } from "./deployment.ts";
import { asList, asObject, asText } from "../api/json.ts";
import { type KubeObject, objectPath, objectText } from "../api/kubeObject.ts";
import type { OpenCluster } from "../openCluster.ts";
import { type RunPodOptions, runNodePod } from "./runNodePod.ts";
import { Turns } from "../api/turns.ts";
import { ShownError } from "../../../protocol/text/shownError.ts";

/** Pods that run at a time. */
const MAX_AT_ONCE = 10;

/**
 * The nodes on which tracers may have left programs, and the image that takes them off there: those with a tracer. Where
 * the tracers went before and only their controller is there, nobody knows any more which these were: all that run Linux.
 */
export async function tracerImages(
  { api, source: { inventory } }: Pick<OpenCluster, "api" | "source">,
  controller: KubeObject | undefined,
): Promise<ReadonlyMap<string, string>> {
  const images = new Map<string, string>();
  if (controller !== undefined) {
    const image = await imageOf(api, controller);
    for (const { name, os } of inventory.nodes.values()) if (os === "linux") images.set(name, image);
  }
  for (const { node, logging } of inventory.tracers.values()) {
    if (node !== undefined && logging !== undefined) images.set(node, logging.image);
  }
  return images;
}

/** It runs the same image as the tracers. */
async function imageOf(api: ApiServer, workload: KubeObject): Promise<string> {
  const { spec } = asObject(await api.call({ path: objectPath(workload) }));
  const [container] = asList(asObject(asObject(asObject(spec)["template"])["spec"])["containers"]);
  const image = asText(container?.["image"]);
  if (image === undefined) throw new ShownError((t) => t("{0} has no container", objectText(workload)));
  return image;
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
