import { type ClusterNode, isKernelTooOld, LEAST_KERNEL } from "./clusterNode.ts";
import type { ClusterPod } from "./clusterPod.ts";
import { t } from "../../../protocol/text/translate.ts";

/** Whether a node logs, or could. */
export interface NodeVerdict {
  /**
   * `outdated`: it logs, by another image than is wanted; `unfit`: it never will as it is; `unknown`: nothing speaks against
   * it, and only a look at the node itself can tell.
   */
  readonly state: "logs" | "outdated" | "unfit" | "broken" | "unknown";
  readonly why: string;
}

const ARCHITECTURES: readonly string[] = ["amd64", "arm64"];

/** What can be said of a node from outside. `image`: what its tracer is to run; undefined: any. */
export function nodeVerdict(node: ClusterNode, tracer: ClusterPod | undefined, image?: string): NodeVerdict {
  if (tracer?.logging?.ready === true) {
    if (image === undefined || tracer.logging.image === image)
      return { state: "logs", why: t("its tracer is ready") };
    return { state: "outdated", why: t("its tracer is ready, and runs the image {0}", tracer.logging.image) };
  }
  if (node.os !== "linux") return { state: "unfit", why: t("it runs {0}: tracers need Linux", node.os) };
  if (!ARCHITECTURES.includes(node.architecture)) {
    return {
      state: "unfit",
      why: t("its processor is {0}: tracers are for {1}", node.architecture, ARCHITECTURES.join(", ")),
    };
  }
  if (isKernelTooOld(node.kernel) === true) {
    return { state: "unfit", why: t("kernel {0} is older than {1}", node.kernel, LEAST_KERNEL) };
  }
  if (!node.ready)
    return { state: "broken", why: t("it is not ready: {0}", node.why ?? t("no reason is known")) };
  if (tracer !== undefined) {
    return {
      state: "broken",
      why: tracer.logging?.message ?? tracer.why ?? t("its tracer has not started yet"),
    };
  }
  return { state: "unknown", why: t("no tracer runs on it, so whether it has BTF is unknown") };
}
