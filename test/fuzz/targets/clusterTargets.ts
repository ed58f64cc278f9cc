import { parseNode } from "../../../extension/cluster/inventory/clusterNode.ts";
import { parsePod as parseClusterPod } from "../../../extension/cluster/inventory/clusterPod.ts";
import { asObject } from "../../../extension/cluster/api/json.ts";
import { parseAccessReview } from "../../../tracer-service/access/accessReview.ts";
import { parseTokenReview } from "../../../tracer-service/access/tokenReview.ts";
import { parseLabelKeys } from "../../../tracer-service/identity/labelKeys.ts";
import { parseLabelSelector } from "../../../tracer-service/identity/labelSelector.ts";
import { parsePodPath } from "../../../tracer-service/identity/podPath.ts";
import { parsePod } from "../../../tracer-service/kubernetes/parsePod.ts";
import type { FuzzTarget } from "../support/fuzzTarget.ts";
import { parsedJson } from "./parsedJson.ts";

const uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const id = "4".repeat(64);
const pod = JSON.stringify({
  metadata: {
    ...{ uid, name: "jessie-main", namespace: "coder", resourceVersion: "7", deletionTimestamp: null },
    labels: { "com.coder.username": "jessie", "com.coder.workspace.name": "main" },
    annotations: { "kubernetes.io/config.hash": "0".repeat(32) },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid, controller: true }],
  },
  spec: { nodeName: "node1", serviceAccountName: "default", containers: [{ name: "dev", image: "x" }] },
  status: {
    phase: "Running",
    containerStatuses: [
      { name: "exectrace", image: "x", containerID: `containerd://${id}`, ready: true, restartCount: 1 },
    ],
  },
});
const node = JSON.stringify({
  metadata: { uid, name: "node1", labels: {} },
  status: { nodeInfo: { kernelVersion: "6.1.0" }, conditions: [{ type: "Ready", status: "True" }] },
});
const review = JSON.stringify({
  status: {
    ...{ authenticated: true, allowed: true, audiences: ["processlogging.dev"] },
    user: { username: "system:serviceaccount:a:b", uid, groups: ["g"], extra: { k: ["v"] } },
  },
});
const pathRoots = ["/kubepods", "/kubelet.slice/kubelet-kubepods.slice", "/kubepods.slice"];
const jsonWords = [
  '"metadata"',
  '"labels"',
  '"status"',
  '"uid"',
  '"containers"',
  '"__proto__"',
  "null",
  "[]",
];

/** What comes from an API server, and from whoever may label a pod or name a cgroup. */
export const clusterTargets: readonly FuzzTarget[] = [
  {
    name: "pod",
    seeds: [pod, node],
    words: jsonWords,
    parse: parsedJson((value) => [parsePodOrRefuse(value), parseClusterPod(asObject(value))]),
  },
  { name: "node", seeds: [node], words: jsonWords, parse: parsedJson((value) => parseNode(asObject(value))) },
  {
    name: "review",
    seeds: [review],
    words: [...jsonWords, '"audiences"', '"user"', '"authenticated"', '"allowed"', '"extra"'],
    parse: parsedJson((value) => [parseTokenReview(value, "processlogging.dev"), parseAccessReview(value)]),
  },
  {
    name: "pod-path",
    seeds: [
      `/kubepods/burstable/pod${uid}/${id}`,
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope`,
    ],
    words: ["/kubepods", "pod", ".slice", "crio-", "docker-", ".scope", "/../", "burstable"],
    parse: (input) => pathRoots.map((root) => parsePodPath(root, input.toString())),
  },
  {
    name: "label-selector",
    seeds: ["a=b,c!=d,e in (x,y),f notin (z),g,!h", "com.coder.workspace.id"],
    words: [" in (", " notin (", "!=", "==", ",", "!"],
    parse: (input) => parseLabelSelector(input.toString()).matches(() => "x"),
  },
  {
    name: "label-keys",
    seeds: ["username=com.coder.username,com.coder.user.username", "workspace_name=a/b"],
    parse: (input) => parseLabelKeys(input.toString().split("\n")),
  },
];

/** A pod that is none is refused by one line, and the rest of the input is looked at all the same. */
function parsePodOrRefuse(value: unknown): unknown {
  try {
    return parsePod(value, new Set(["com.coder.username"]));
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) return undefined;
    throw error;
  }
}
