import type { Json } from "../../../../extension/cluster/api/json.ts";
import { parseNode, type ClusterNode } from "../../../../extension/cluster/inventory/clusterNode.ts";
import { parsePod, type ClusterPod } from "../../../../extension/cluster/inventory/clusterPod.ts";

/** What of a pod a test cares about. */
export interface PodWish {
  readonly uid: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly phase?: string;
  readonly status?: Json;
  readonly metadata?: Json;
  readonly containers?: readonly Json[];
}

/** A pod as the API server writes it. */
export function podObject(wish: PodWish): Json {
  const {
    uid,
    namespace = "team-a",
    name = `pod-${uid}`,
    labels,
    annotations,
    node,
    phase = "Running",
  } = wish;
  const containers = wish.containers ?? [{ name: "dev", image: "dev:1" }];
  const running = phase === "Running" ? { running: { startedAt: "2026-01-02T03:04:06Z" } } : {};
  return {
    metadata: {
      ...{ uid, namespace, name, labels, annotations },
      creationTimestamp: "2026-01-02T03:04:05Z",
      ...wish.metadata,
    },
    spec: { nodeName: node, containers },
    status: {
      phase,
      startTime: "2026-01-02T03:04:05Z",
      containerStatuses: containers.map((each) => ({
        name: each["name"],
        ready: phase === "Running",
        state: running,
      })),
      ...wish.status,
    },
  };
}

/** Labels of a workspace. */
export function workspaceLabels(username: string, workspaceName: string): Readonly<Record<string, string>> {
  return { "com.coder.username": username, "com.coder.workspace.name": workspaceName };
}

/** A pod as a Deployment's ReplicaSet makes it. */
export function ownedPod(wish: PodWish, deployment: string): Json {
  const hash = "6d4cf56db6";
  const owner = { kind: "ReplicaSet", name: `${deployment}-${hash}`, uid: "rs", controller: true };
  return podObject({
    ...wish,
    labels: { ...wish.labels, "pod-template-hash": hash },
    metadata: { ...wish.metadata, ownerReferences: [owner] },
  });
}

/** A Deployment, its metadata alone. */
export function deploymentObject(name: string, labels: Readonly<Record<string, string>>): Json {
  return { metadata: { uid: `uid-${name}`, namespace: "team-a", name, labels } };
}

/** A workspace's pod. */
export function workspacePod(
  wish: PodWish & { readonly user?: string; readonly workspace?: string },
): ClusterPod {
  const labels = wish.labels ?? workspaceLabels(wish.user ?? "jessie", wish.workspace ?? "main");
  return parsed(podObject({ ...wish, labels }));
}

/** A tracer's pod; without `status` it is ready. */
export function tracerPod(
  uid: string,
  node: string,
  status?: Json,
  image = "tracer:1",
  args: readonly string[] = ["run"],
): ClusterPod {
  return parsed(
    podObject({
      uid,
      node,
      namespace: "process-logging",
      labels: { "app.kubernetes.io/name": "tracer" },
      containers: [{ name: "exectrace", image, args }],
      ...(status === undefined ? {} : { status }),
    }),
  );
}

/** A node as the API server writes it. */
export function nodeObject(name: string, kernel = "6.1.0", ready = "True"): Json {
  return {
    metadata: { uid: `uid-${name}`, name, labels: {} },
    status: {
      conditions: [
        { type: "Ready", status: ready, message: ready === "True" ? "" : "kubelet stopped posting" },
      ],
      nodeInfo: {
        kernelVersion: kernel,
        osImage: "Debian 12",
        operatingSystem: "linux",
        architecture: "amd64",
        containerRuntimeVersion: "containerd://1.7",
      },
    },
  };
}

/** A node as it is kept. */
export function clusterNode(name: string, kernel?: string, ready?: string): ClusterNode {
  const node = parseNode(nodeObject(name, kernel, ready));
  if (node === undefined) throw new Error("that is no node");
  return node;
}

function parsed(object: Json): ClusterPod {
  const pod = parsePod(object);
  if (pod === undefined) throw new Error("that is neither a workspace nor a tracer");
  return pod;
}
