import type { ClusterNode } from "./clusterNode.ts";
import type { ClusterPod } from "./clusterPod.ts";
import { OwnedPods } from "./ownedPods.ts";
import type { ResourceChange } from "../api/resourceWatch.ts";
import type { WorkspaceOwner } from "./workspaceOwner.ts";

/** What has to be shown anew. */
export interface InventoryChange {
  /** Uids of workspace pods that are new or of which something else is to be said. */
  readonly pods: ReadonlySet<string>;
  readonly removedPods: ReadonlySet<string>;
  /** Names. */
  readonly nodes: ReadonlySet<string>;
}

interface MutableChange extends InventoryChange {
  readonly pods: Set<string>;
  readonly removedPods: Set<string>;
  readonly nodes: Set<string>;
}

/** The workspace pods, the tracers and the nodes of a cluster, and which of them belong together. */
export class ClusterInventory {
  readonly #pods = new Map<string, ClusterPod>();
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #nodeNames = new Map<string, string>();
  readonly #onNode = new Map<string, Set<string>>();
  readonly #tracers = new Map<string, ClusterPod>();
  readonly #tracersOnNode = new Map<string, Set<string>>();
  readonly #owned = new OwnedPods();
  /** Which watch told of a pod: one for all namespaces, or one for each. */
  readonly #toldBy = new Map<string, string>();

  /** By uid; tracers are not among them. */
  get pods(): ReadonlyMap<string, ClusterPod> {
    return this.#pods;
  }

  /** By name. */
  get nodes(): ReadonlyMap<string, ClusterNode> {
    return this.#nodes;
  }

  /** The tracers' pods, by uid. */
  get tracers(): ReadonlyMap<string, ClusterPod> {
    return this.#tracers;
  }

  /** The tracer's pod of a node: of several, while one replaces another, the latest that is ready. */
  tracerOf(node: string | undefined): ClusterPod | undefined {
    let best: ClusterPod | undefined;
    for (const uid of (node === undefined ? undefined : this.#tracersOnNode.get(node)) ?? []) {
      const pod = this.#tracers.get(uid);
      if (pod === undefined || pod.phase === "stopped") continue;
      if (best === undefined || rank(pod) > rank(best)) best = pod;
    }
    return best;
  }

  /** The image that most tracers run: another one is left over from an update, or ahead of it. */
  commonImage(): string | undefined {
    const counts = new Map<string, number>();
    for (const { logging } of this.#tracers.values()) {
      if (logging !== undefined) counts.set(logging.image, (counts.get(logging.image) ?? 0) + 1);
    }
    return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))[0]?.[0];
  }

  /** Nodes whose tracer alone knows what a workspace is. */
  nodesWithOwnRules(): readonly string[] {
    return [...this.#tracersOnNode.keys()].filter(
      (node) => this.tracerOf(node)?.logging?.hasOwnRules === true,
    );
  }

  /** Uids of the workspace pods on a node. */
  podsOn(node: string): Iterable<string> {
    return this.#onNode.get(node) ?? [];
  }

  /** Takes over what a watch of pods tells. */
  applyPods(watch: string, change: ResourceChange<ClusterPod>): InventoryChange {
    const result = emptyChange();
    for (const uid of change.removed) this.#removePod(uid, result);
    if (change.all) {
      const told = new Set(change.changed.map(({ uid }) => uid));
      for (const [uid, by] of [...this.#toldBy])
        if (by === watch && !told.has(uid)) this.#removePod(uid, result);
    }
    for (const pod of change.changed) this.#putPod(watch, pod, result);
    return result;
  }

  /** Takes over what a watch of owners tells: of pods that say nothing of themselves. */
  applyOwners(watch: string, change: ResourceChange<WorkspaceOwner>): InventoryChange {
    const result = emptyChange();
    for (const pod of this.#owned.applyOwners(watch, change)) {
      this.#putPod(this.#toldBy.get(pod.uid) ?? "", pod, result);
    }
    return result;
  }

  /** Takes over what the watch of nodes tells. */
  applyNodes(change: ResourceChange<ClusterNode>): InventoryChange {
    const result = emptyChange();
    const told = new Set(change.changed.map(({ uid }) => uid));
    const gone = change.all ? [...this.#nodeNames.keys()].filter((uid) => !told.has(uid)) : change.removed;
    for (const uid of gone) {
      const name = this.#nodeNames.get(uid);
      this.#nodeNames.delete(uid);
      if (name === undefined || this.#nodes.get(name)?.uid !== uid) continue;
      this.#nodes.delete(name);
      this.#touchNode(name, result);
    }
    for (const node of change.changed) {
      const before = this.#nodes.get(node.name);
      this.#nodeNames.set(node.uid, node.name);
      this.#nodes.set(node.name, node);
      // Kubelets write their status every few minutes, and mostly nothing else changes.
      if (before === undefined || JSON.stringify(before) !== JSON.stringify(node)) {
        this.#touchNode(node.name, result);
      }
    }
    return result;
  }

  #putPod(watch: string, told: ClusterPod, result: MutableChange): void {
    const before = this.#pods.get(told.uid) ?? this.#tracers.get(told.uid);
    const pod = this.#owned.put(told, before);
    this.#toldBy.set(pod.uid, watch);
    if (pod.role === "unknown") return;
    if (pod.role === "tracer") {
      this.#tracers.set(pod.uid, pod);
      if (before?.node !== pod.node) move(this.#tracersOnNode, pod.uid, before?.node, pod.node);
      for (const node of [before?.node, pod.node]) if (node !== undefined) this.#touchNode(node, result);
      return;
    }
    this.#pods.set(pod.uid, pod);
    if (before?.node !== pod.node) {
      move(this.#onNode, pod.uid, before?.node, pod.node);
      if (pod.node !== undefined) result.nodes.add(pod.node);
    }
    result.removedPods.delete(pod.uid);
    result.pods.add(pod.uid);
  }

  #removePod(uid: string, result: MutableChange): void {
    this.#toldBy.delete(uid);
    this.#owned.remove(uid);
    const tracer = this.#tracers.get(uid);
    if (tracer !== undefined) {
      this.#tracers.delete(uid);
      move(this.#tracersOnNode, uid, tracer.node, undefined);
      if (tracer.node !== undefined) this.#touchNode(tracer.node, result);
    }
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    move(this.#onNode, uid, pod.node, undefined);
    if (pod.node !== undefined) result.nodes.add(pod.node);
    result.pods.delete(uid);
    result.removedPods.add(uid);
  }

  #touchNode(name: string, result: MutableChange): void {
    result.nodes.add(name);
    for (const uid of this.#onNode.get(name) ?? []) result.pods.add(uid);
  }
}

function move(
  index: Map<string, Set<string>>,
  uid: string,
  from: string | undefined,
  to: string | undefined,
): void {
  const left = from === undefined ? undefined : index.get(from);
  left?.delete(uid);
  if (from !== undefined && left?.size === 0) index.delete(from);
  if (to !== undefined) index.set(to, (index.get(to) ?? new Set<string>()).add(uid));
}

function emptyChange(): MutableChange {
  return { pods: new Set(), removedPods: new Set(), nodes: new Set() };
}

function rank({ logging, createdMs }: ClusterPod): number {
  return (logging?.ready === true ? 1e15 : 0) + createdMs;
}
