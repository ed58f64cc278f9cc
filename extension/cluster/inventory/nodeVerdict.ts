import { type ClusterNode, isKernelTooOld, LEAST_KERNEL } from "./clusterNode.ts";
import type { ClusterPod } from "./clusterPod.ts";

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
      return { state: "logs", why: "its tracer is ready" };
    return { state: "outdated", why: `its tracer is ready, and runs the image ${tracer.logging.image}` };
  }
  if (node.os !== "linux") return { state: "unfit", why: `it runs ${node.os}: tracers need Linux` };
  if (!ARCHITECTURES.includes(node.architecture)) {
    return {
      state: "unfit",
      why: `its processor is ${node.architecture}: tracers are for ${ARCHITECTURES.join(", ")}`,
    };
  }
  if (isKernelTooOld(node.kernel) === true) {
    return { state: "unfit", why: `kernel ${node.kernel} is older than ${LEAST_KERNEL}` };
  }
  if (!node.ready) return { state: "broken", why: `it is not ready: ${node.why ?? "no reason is known"}` };
  if (tracer !== undefined) {
    return {
      state: "broken",
      why: tracer.logging?.message ?? tracer.why ?? "its tracer has not started yet",
    };
  }
  return { state: "unknown", why: "no tracer runs on it, so whether it has BTF is unknown" };
}
