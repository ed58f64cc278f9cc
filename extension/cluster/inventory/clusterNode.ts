import { asList, asObject, asText, asTexts, type Json } from "../api/json.ts";
import { each, type Wanted } from "../api/wantedParts.ts";

/** Set by the controller while the node's tracer is ready. */
export const READY_LABEL = "processlogging.node-restriction.kubernetes.io/ready";

/** The oldest kernel that a tracer works on. */
export const LEAST_KERNEL = "5.8";

/** What `parseNode` reads: without the list of images, which is most of a node. */
export const NODE_PARTS: Wanted = {
  metadata: { ...each(["uid", "name"]), labels: each([READY_LABEL]) },
  spec: each(["unschedulable"]),
  status: {
    nodeInfo: each([
      "kernelVersion",
      "operatingSystem",
      "architecture",
      "osImage",
      "containerRuntimeVersion",
    ]),
    conditions: each(["type", "status", "message", "reason"]),
  },
};

/** What is kept of a node. */
export interface ClusterNode {
  readonly uid: string;
  readonly name: string;
  /** As `uname -r`. */
  readonly kernel: string;
  readonly os: string;
  readonly architecture: string;
  readonly image: string;
  readonly runtime: string;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly why: string | undefined;
  readonly unschedulable: boolean;
  /** Whether it carries the label of nodes that log. */
  readonly labelled: boolean;
}

/** The parts of a node that matter here. */
export function parseNode(object: Json): ClusterNode | undefined {
  const metadata = asObject(object["metadata"]);
  const status = asObject(object["status"]);
  const info = asObject(status["nodeInfo"]);
  const uid = asText(metadata["uid"]);
  const name = asText(metadata["name"]);
  if (uid === undefined || name === undefined) return undefined;
  const ready = asList(status["conditions"]).find((each) => each["type"] === "Ready");
  return {
    uid,
    name,
    kernel: asText(info["kernelVersion"]) ?? "",
    os: asText(info["operatingSystem"]) ?? "",
    architecture: asText(info["architecture"]) ?? "",
    image: asText(info["osImage"]) ?? "",
    runtime: asText(info["containerRuntimeVersion"]) ?? "",
    ready: ready?.["status"] === "True",
    why: asText(ready?.["message"]) ?? asText(ready?.["reason"]),
    unschedulable: asObject(object["spec"])["unschedulable"] === true,
    labelled: Object.hasOwn(asTexts(metadata["labels"]), READY_LABEL),
  };
}

/** Whether that release is older than `LEAST_KERNEL`; undefined when it says no version. */
export function isKernelTooOld(release: string): boolean | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const [leastMajor = 0, leastMinor = 0] = LEAST_KERNEL.split(".").map(Number);
  return Number(major) < leastMajor || (Number(major) === leastMajor && Number(minor) < leastMinor);
}
