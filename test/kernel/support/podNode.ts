import { randomUUID } from "node:crypto";

import { KubernetesProvider, type PodCgroups } from "../../../tracer-service/identity/kubernetesProvider.ts";
import type { IdentityChange } from "../../../tracer-service/identity/knownPod.ts";
import { CODER_KEYS } from "../../../tracer-service/identity/labelKeys.ts";
import { OwnerTable } from "../../../tracer-service/identity/ownerTable.ts";
import type { PodFacts } from "../../../tracer-service/identity/podFacts.ts";
import type { PodListener, PodSource } from "../../../tracer-service/identity/podSource.ts";
import { TracedNode, type TracedNodeOptions } from "./tracedNode.ts";

/** Labels of jessie's workspace "main". */
export const JESSIE = { "com.coder.user.username": "jessie", "com.coder.workspace.name": "main" };

/** A list of pods in the place of the API server: says what the test says, when the test says it. */
class ListedPods implements PodSource {
  #listener: PodListener | undefined;
  doubts = 0;

  start(listener: PodListener): void {
    this.#listener = listener;
  }

  doubt(): void {
    this.doubts++;
  }

  stop(): void {
    this.#listener = undefined;
  }

  /** All that runs already has been told. */
  listed(): void {
    this.#listener?.listed();
  }

  /** Tells of a pod and of the containers that its status names, by id. */
  tell(
    uid: string,
    labels: Readonly<Record<string, string>>,
    containers: Readonly<Record<string, string>>,
  ): void {
    const facts: PodFacts = {
      ...{ uid, cgroupUid: uid, namespace: "coder", name: `pod-${uid.slice(0, 8)}`, owner: undefined },
      ...{ serviceAccount: "default", hasSidecar: false, annotations: new Map() },
      labels: new Map(Object.entries(labels)),
      containers: new Map(
        Object.entries(containers).map(([id, name]) => [id, { name, image: "example/dev:1" }]),
      ),
    };
    this.#listener?.podChanged(facts, []);
  }
}

/** A node whose kubelet keeps its pods below `root` in the test's own cgroup, with a list in the API server's place. */
export function startPodNode(root = "kubepods", options: TracedNodeOptions = {}) {
  const pods = new ListedPods();
  const changes: IdentityChange[] = [];
  const node = new TracedNode({
    kernel: { followPods: true },
    provider: (kernel, tree, testRoot) =>
      new KubernetesProvider({
        roots: () => [`${testRoot}/${root}`],
        tree,
        scope: kernel,
        owners: new OwnerTable<PodCgroups>(),
        rules: { keys: CODER_KEYS, selector: undefined, captureNamespaces: new Set() },
        report: { identityChanged: (change) => changes.push(change), problem: () => undefined },
        source: pods,
        readyMs: 0,
      }),
    ...options,
  });
  return { node, pods, changes };
}

/** A uid and a container id such as kubelet and runtimes make them. */
export function newPod(): { readonly uid: string; readonly id: string } {
  return { uid: randomUUID(), id: randomUUID().replaceAll("-", "").repeat(2) };
}
