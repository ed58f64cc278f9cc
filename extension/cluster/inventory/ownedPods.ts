import type { Labels } from "../../../protocol/events.ts";
import type { ClusterPod } from "./clusterPod.ts";
import type { ResourceChange } from "../api/resourceWatch.ts";
import type { WorkspaceOwner } from "./workspaceOwner.ts";

/**
 * Which pods belong to which owner, and what these say of whose they are. A pod's own labels count before its owner's, and
 * a Job's before its CronJob's; a pod that was a workspace once stays one for as long as it lives.
 */
export class OwnedPods {
  /** By key. */
  readonly #owners = new Map<string, WorkspaceOwner>();
  /** Key of an owner, by its uid, and which watch told of it. */
  readonly #known = new Map<string, { readonly key: string; readonly watch: string }>();
  /** Pods that have an owner, as they came, by uid. */
  readonly #pods = new Map<string, ClusterPod>();
  /** Uids of pods, by the key of their owner. */
  readonly #ofOwner = new Map<string, Set<string>>();

  /** Takes over a pod; gives it with what its owner says. `before`: what it was shown as. */
  put(pod: ClusterPod, before: ClusterPod | undefined): ClusterPod {
    const { uid, owner } = pod;
    if (owner === undefined) return pod;
    this.#pods.set(uid, pod);
    this.#ofOwner.set(owner, (this.#ofOwner.get(owner) ?? new Set<string>()).add(uid));
    return this.#resolve(pod, before);
  }

  /** The pod is gone. */
  remove(uid: string): void {
    const owner = this.#pods.get(uid)?.owner;
    this.#pods.delete(uid);
    if (owner === undefined) return;
    const uids = this.#ofOwner.get(owner);
    uids?.delete(uid);
    if (uids?.size === 0) this.#ofOwner.delete(owner);
  }

  /** Takes over what a watch of owners tells; gives the pods, as they came, of which something else is to be said. */
  applyOwners(
    watch: string,
    { all, changed, removed }: ResourceChange<WorkspaceOwner>,
  ): readonly ClusterPod[] {
    const touched = new Set<string>();
    const told = new Set(changed.map(({ uid }) => uid));
    const gone = all
      ? [...this.#known].flatMap(([uid, known]) => (known.watch === watch && !told.has(uid) ? uid : []))
      : removed;
    for (const uid of gone) {
      const key = this.#known.get(uid)?.key;
      this.#known.delete(uid);
      if (key === undefined || this.#owners.get(key)?.uid !== uid) continue;
      this.#owners.delete(key);
      touched.add(key);
    }
    for (const owner of changed) {
      const before = this.#owners.get(owner.key);
      this.#known.set(owner.uid, { key: owner.key, watch });
      this.#owners.set(owner.key, owner);
      // Their status is written whenever a pod of theirs changes.
      if (!saysTheSame(before, owner)) touched.add(owner.key);
    }
    for (const { key, owner } of touched.size === 0 ? [] : this.#owners.values()) {
      if (owner !== undefined && touched.has(owner)) touched.add(key);
    }
    const uids = [...touched].flatMap((key) => [...(this.#ofOwner.get(key) ?? [])]);
    return uids.flatMap((uid) => this.#pods.get(uid) ?? []);
  }

  #resolve(pod: ClusterPod, before: ClusterPod | undefined): ClusterPod {
    const owned = this.#labelsOf(pod.owner ?? "");
    const kept = owned === undefined && before?.role === "workspace" ? before.labels : owned;
    if (kept === undefined) return pod;
    return { ...pod, role: "workspace", labels: { ...kept, ...pod.labels } };
  }

  /** With those of its own owner; undefined where neither has any. */
  #labelsOf(key: string): Labels | undefined {
    const owner = this.#owners.get(key);
    const labels = { ...this.#owners.get(owner?.owner ?? "")?.labels, ...owner?.labels };
    return Object.keys(labels).length === 0 ? undefined : labels;
  }
}

function saysTheSame(before: WorkspaceOwner | undefined, owner: WorkspaceOwner): boolean {
  return (
    before?.owner === owner.owner && JSON.stringify(before?.labels ?? {}) === JSON.stringify(owner.labels)
  );
}
