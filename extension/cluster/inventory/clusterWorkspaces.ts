import type { RecordedEvent } from "../../../protocol/recordedEvent.ts";
import type { WorkspacesChange } from "../../source/eventSource.ts";
import type { ShownWorkspace } from "../../source/shownWorkspace.ts";
import type { ClusterInventory, InventoryChange } from "./clusterInventory.ts";
import { podWorkspace } from "./podWorkspace.ts";
import { SidecarTally } from "../sidecars/sidecarTally.ts";

/** Parts the namespace from the name of a pod; neither can hold it. */
const SLASH = "/";

/**
 * A cluster's workspaces by id: one for each pod, with what its tracer says of it, and one for each workspace that only
 * a tracer knows, such as one whose pod has no labels of its own.
 */
export class ClusterWorkspaces {
  readonly #inventory: ClusterInventory;
  readonly #nowMs: () => number;
  readonly #sidecars = new SidecarTally();
  readonly #shown = new Map<string, ShownWorkspace>();
  /** What tracers say: by node, and there by `NAMESPACE/POD` or, for who has none, by the tracer's own id. */
  readonly #told = new Map<string, Map<string, ShownWorkspace>>();
  /** Of which namespaces tracers show something, by node, where they do not of all. */
  readonly #sees = new Map<string, ReadonlySet<string>>();
  /** Namespaces of the pods of which tracers show nothing, by uid. */
  readonly #hidden = new Map<string, string>();
  /** Whether the tracers' pods can be seen. */
  tracersKnown = true;

  constructor(inventory: ClusterInventory, nowMs: () => number) {
    this.#inventory = inventory;
    this.#nowMs = nowMs;
  }

  get all(): ReadonlyMap<string, ShownWorkspace> {
    return this.#shown;
  }

  /** Namespaces that tracers log and of which they show nothing, in order. */
  get hiddenNamespaces(): readonly string[] {
    return [...new Set(this.#hidden.values())].sort();
  }

  /** Brings everything up to date with the inventory; gives what has changed. */
  refreshAll(): WorkspacesChange {
    return this.applyInventory({
      pods: new Set(this.#inventory.pods.keys()),
      removedPods: new Set(),
      nodes: new Set(),
    });
  }

  applyInventory({ pods, removedPods }: InventoryChange): WorkspacesChange {
    const changed: ShownWorkspace[] = [];
    const removed = [...removedPods];
    for (const uid of pods) {
      this.#refreshPod(uid, changed);
      // A tracer may have told of it before anything else said that it is a workspace.
      const pod = this.#inventory.pods.get(uid);
      const unknown = pod && unknownId(pod.node ?? "", `${pod.namespace}${SLASH}${pod.name}`);
      if (unknown !== undefined && this.#shown.delete(unknown)) removed.push(unknown);
    }
    for (const uid of removedPods) {
      this.#shown.delete(uid);
      this.#hidden.delete(uid);
      this.#sidecars.forget(uid);
    }
    return { all: false, changed, removed };
  }

  /** Takes over all that the tracer of a node says now; undefined: it is not read any more. */
  applyTracer(node: string, states: ReadonlyMap<string, ShownWorkspace> | undefined): WorkspacesChange {
    const told = this.#told.get(node);
    const before = told ?? new Map<string, ShownWorkspace>();
    const now = new Map<string, ShownWorkspace>();
    for (const state of states?.values() ?? []) now.set(keyOf(state), state);
    if (states === undefined) this.#told.delete(node);
    else this.#told.set(node, now);
    const changed: ShownWorkspace[] = [];
    const removed: string[] = [];
    const uids = this.#podsOn(node);
    // Of which a tracer does not tell says something, too, once it is read.
    const touched = new Set((states === undefined) === (told === undefined) ? [] : uids.values());
    for (const [key, state] of now) {
      if (before.get(key) === state) continue;
      const uid = uids.get(key);
      if (uid === undefined) this.#showUnknown(node, key, state, changed);
      else touched.add(uid);
    }
    for (const key of before.keys()) {
      if (now.has(key)) continue;
      const uid = uids.get(key);
      if (uid !== undefined) touched.add(uid);
      else if (this.#shown.delete(unknownId(node, key))) removed.push(unknownId(node, key));
    }
    for (const uid of touched) this.#refreshPod(uid, changed);
    return { all: false, changed, removed };
  }

  /** Takes over of which namespaces the tracer of a node shows something; undefined: of all, or it is not read. */
  applySight(node: string, namespaces: readonly string[] | undefined): WorkspacesChange {
    const before = this.#sees.get(node);
    const now = namespaces && new Set(namespaces);
    const changed: ShownWorkspace[] = [];
    const isSame = before === now || (before && now && sameMembers(before, now));
    if (isSame === true) return { all: false, changed, removed: [] };
    if (now === undefined) this.#sees.delete(node);
    else this.#sees.set(node, now);
    for (const uid of this.#inventory.podsOn(node)) this.#refreshPod(uid, changed);
    return { all: false, changed, removed: [] };
  }

  /** Takes an event of a pod's sidecar; `refreshSidecars` tells of it. */
  addSidecarEvent(uid: string, event: RecordedEvent, differs: readonly string[]): void {
    this.#sidecars.add(uid, event, differs);
  }

  /** Brings what sidecars tell up to date. */
  refreshSidecars(): WorkspacesChange {
    const changed: ShownWorkspace[] = [];
    for (const uid of this.#sidecars.takeChanged(this.#nowMs())) this.#refreshPod(uid, changed);
    return { all: false, changed, removed: [] };
  }

  #refreshPod(uid: string, changed: ShownWorkspace[]): void {
    const pod = this.#inventory.pods.get(uid);
    if (pod === undefined) return;
    const around = {
      node: this.#inventory.nodes.get(pod.node ?? ""),
      tracer: this.#inventory.tracerOf(pod.node),
      tracersKnown: this.tracersKnown,
      sees: this.#sees.get(pod.node ?? ""),
      read: this.#told.has(pod.node ?? ""),
    };
    const told = this.#told.get(pod.node ?? "")?.get(`${pod.namespace}${SLASH}${pod.name}`);
    const state = podWorkspace(pod, around, told, this.#sidecars.of(uid), this.#nowMs());
    this.#shown.set(uid, state);
    if (state.place?.hidden === true) this.#hidden.set(uid, pod.namespace);
    else this.#hidden.delete(uid);
    changed.push(state);
  }

  #showUnknown(node: string, key: string, state: ShownWorkspace, changed: ShownWorkspace[]): void {
    const place = { node, loggedBy: "tracer", labelKeys: undefined } as const;
    const shown = { ...state, id: unknownId(node, key), place };
    this.#shown.set(shown.id, shown);
    changed.push(shown);
  }

  #podsOn(node: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const uid of this.#inventory.podsOn(node)) {
      const pod = this.#inventory.pods.get(uid);
      if (pod !== undefined) found.set(`${pod.namespace}${SLASH}${pod.name}`, uid);
    }
    return found;
  }
}

function sameMembers(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}

function keyOf({ namespace, pod, id }: ShownWorkspace): string {
  return namespace === undefined || pod === undefined ? id : `${namespace}${SLASH}${pod}`;
}

function unknownId(node: string, key: string): string {
  return `${node}\0${key}`;
}
