import { apiPath } from "../api/apiServer.ts";
import type { ClusterPod } from "./clusterPod.ts";
import {
  METADATA_ONLY,
  type ResourceChange,
  ResourceWatch,
  type ResourceWatchOptions,
} from "../api/resourceWatch.ts";
import {
  OWNER_KINDS,
  OWNER_PARTS,
  ownerKindOf,
  type OwnerKind,
  parseOwner,
  type WorkspaceOwner,
} from "./workspaceOwner.ts";

/** Of these most workspaces are, so that they are asked for together with the pods. */
const USUAL: readonly OwnerKind[] = ["Deployment", "StatefulSet"];

/** What watching owners needs of the outside. */
export interface OwnerWatchesOptions extends Pick<
  ResourceWatchOptions<unknown>,
  "api" | "clock" | "onState"
> {
  /** Only these are watched; empty: all, by one watch of each kind. */
  readonly namespaces: readonly string[];
  /** `watch`: which one tells. */
  readonly onChange: (watch: string, change: ResourceChange<WorkspaceOwner>) => void;
}

/**
 * Watches what pods are made by: of each object the metadata alone, and of that only what says whose it is. Jobs, CronJobs and
 * DaemonSets are not asked for before a pod is seen that one of them made: a cluster has fewer of them than of the pods
 * that are watched anyway.
 */
export class OwnerWatches {
  readonly #options: OwnerWatchesOptions;
  readonly #namespaces: ReadonlySet<string>;
  /** By path. */
  readonly #watches = new Map<string, ResourceWatch<WorkspaceOwner>>();
  #disposed = false;

  constructor(options: OwnerWatchesOptions) {
    this.#options = options;
    this.#namespaces = new Set(options.namespaces);
    for (const kind of USUAL) {
      for (const namespace of this.#namespaces.size === 0 ? [undefined] : this.#namespaces) {
        this.#watch(kind, namespace);
      }
    }
  }

  /** Whether each has told of everything once, or is refused. */
  get listed(): boolean {
    return [...this.#watches.values()].every((watch) => watch.listed || watch.refusedWith !== 0);
  }

  /** The owners of these are to be known. */
  need(owned: readonly Pick<ClusterPod, "namespace" | "owner">[]): void {
    for (const { namespace, owner } of owned) {
      if (owner === undefined) continue;
      const all = this.#namespaces.size === 0;
      if (all || this.#namespaces.has(namespace))
        this.#watch(ownerKindOf(owner), all ? undefined : namespace);
    }
  }

  retry(): void {
    for (const watch of this.#watches.values()) watch.retry();
  }

  dispose(): void {
    this.#disposed = true;
    for (const watch of this.#watches.values()) watch.dispose();
  }

  /** Who may not see them sees the pods that their own labels name, and those of nodes that are read. */
  #watch(kind: OwnerKind, namespace: string | undefined): void {
    const { group, resource } = OWNER_KINDS[kind];
    const place = namespace === undefined ? [] : ["namespaces", namespace];
    const path = apiPath("apis", group, "v1", ...place, resource);
    if (this.#disposed || this.#watches.has(path)) return;
    const { api, clock, onState, onChange } = this.#options;
    const watch = new ResourceWatch<WorkspaceOwner>({
      ...{ api, clock, onState, path, accept: METADATA_ONLY, wanted: OWNER_PARTS },
      parse: (object) => parseOwner(kind, object),
      onChange: (change) => {
        this.need(change.changed);
        onChange(path, change);
      },
    });
    this.#watches.set(path, watch);
  }
}
