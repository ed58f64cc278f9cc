import type { StreamFilter } from "../../protocol/stream.ts";
import type { SourceState } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { EventSink, EventSource, EventSubscription, WorkspacesChange } from "../source/eventSource.ts";
import type { ShownWorkspace } from "../source/shownWorkspace.ts";
import { apiPath, type ApiServer } from "./api/apiServer.ts";
import { ClusterInventory, type InventoryChange } from "./inventory/clusterInventory.ts";
import { type ClusterNode, NODE_PARTS, parseNode } from "./inventory/clusterNode.ts";
import { type ClusterPod, parsePod, POD_PARTS, TRACER_NAMESPACE } from "./inventory/clusterPod.ts";
import { ClusterWorkspaces } from "./inventory/clusterWorkspaces.ts";
import { type MissingRight, readerRight } from "./inventory/rights.ts";
import { OwnerWatches } from "./inventory/ownerWatches.ts";
import { ResourceWatch, type ResourceWatchOptions } from "./api/resourceWatch.ts";
import { SidecarLogs } from "./sidecars/sidecarLogs.ts";

const FORBIDDEN = 403;
const TELL_MS = 1_000;

/** What a cluster needs of the outside. */
export interface ClusterSourceOptions {
  /** Name of the context, by which the user knows it. */
  readonly context: string;
  readonly server: string;
  readonly api: ApiServer;
  /** Only these, and that of the tracers, are watched; empty: all, by one watch. */
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** Id of the source of that context. */
export function clusterId(context: string): string {
  return `cluster:${context}`;
}

/** A cluster as a source: its workspace pods, its nodes, and the logs of sidecars. Tracers are sources of their own. */
export class ClusterSource implements EventSource {
  readonly id: string;
  readonly kind = "pods";
  readonly name: string;
  readonly server: string;
  readonly node = undefined;
  readonly inventory = new ClusterInventory();
  /** Nodes in view that are not read, because there are too many. */
  unreadNodes = 0;
  /** Rights that the user lacks, once they were asked for. */
  ownMissingRights: readonly MissingRight[] = [];
  readonly #options: ClusterSourceOptions;
  readonly #workspaces: ClusterWorkspaces;
  readonly #stateEmitter = new Emitter<void>();
  readonly #nodeEmitter = new Emitter<void>();
  readonly #workspacesEmitter = new Emitter<WorkspacesChange>();
  readonly #inventoryEmitter = new Emitter<InventoryChange>();
  readonly #podWatches = new Map<string, ResourceWatch<ClusterPod>>();
  readonly #ownerWatches: OwnerWatches;
  readonly #nodeWatch: ResourceWatch<ClusterNode>;
  #loggedWhy: string | undefined;
  #hidden: readonly string[] = [];
  #sidecars: SidecarLogs | undefined;
  #cancelTick: (() => void) | undefined;

  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidChangeNode = this.#nodeEmitter.event;
  readonly onDidChangeWorkspaces = this.#workspacesEmitter.event;
  /** Pods, nodes or tracers have changed. */
  readonly onDidChangeInventory = this.#inventoryEmitter.event;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.id = clusterId(options.context);
    this.name = options.context;
    this.server = options.server;
    this.#workspaces = new ClusterWorkspaces(this.inventory, () => options.clock.nowMs());
    const { namespaces } = options;
    if (namespaces.length === 0) this.#watchPods("", apiPath("api", "v1", "pods"));
    for (const namespace of namespaces.length === 0 ? [] : new Set([...namespaces, TRACER_NAMESPACE])) {
      this.#watchPods(namespace, apiPath("api", "v1", "namespaces", namespace, "pods"));
    }
    this.#ownerWatches = new OwnerWatches({
      ...this.#watchOptions(),
      namespaces,
      onChange: (watch, change) => {
        this.#apply(this.inventory.applyOwners(watch, change));
      },
    });
    this.#nodeWatch = new ResourceWatch({
      ...this.#watchOptions(),
      path: apiPath("api", "v1", "nodes"),
      wanted: NODE_PARTS,
      parse: parseNode,
      onChange: (change) => {
        this.#apply(this.inventory.applyNodes(change));
      },
    });
  }

  /** That of the pods: without them there is nothing to show, and without nodes only less. */
  get state(): SourceState {
    const states = this.#workspaceWatches.map((watch) => watch.state);
    const bad = states.find(({ type }) => type === "disconnected");
    return bad ?? states.find(({ type }) => type === "connecting") ?? { type: "connected" };
  }

  /** Whether nodes can be seen: `state` says why not. */
  get nodesState(): SourceState {
    return this.#nodeWatch.state;
  }

  /** Those of the user, and those of the readers' account in namespaces of which tracers show nothing. */
  get missingRights(): readonly MissingRight[] {
    return [...this.ownMissingRights, ...this.#hidden.map(readerRight)];
  }

  get workspaces(): ReadonlyMap<string, ShownWorkspace> {
    return this.#workspaces.all;
  }

  /** What of the sidecars' logs in view is not shown. */
  get unshownLogs(): { readonly unread: number; readonly otherLines: number } {
    return { unread: this.#sidecars?.unread ?? 0, otherLines: this.#sidecars?.otherLines ?? 0 };
  }

  /** Whether everything that can be seen has been told once. */
  get listed(): boolean {
    const pods = [...this.#podWatches.values()];
    return (
      this.#ownerWatches.listed && pods.every((watch) => watch.listed || watch.refusedWith === FORBIDDEN)
    );
  }

  /** The logs of sidecars; tracers are subscribed to one by one. */
  subscribe(filter: StreamFilter, sink: EventSink): EventSubscription {
    this.#sidecars?.dispose();
    const { api, clock, log } = this.#options;
    const sidecars = new SidecarLogs(filter, {
      ...{ api, sink, clock, log, inventory: this.inventory },
      onEvent: (uid, event, differs) => {
        this.#workspaces.addSidecarEvent(uid, event, differs);
      },
      onDispose: () => {
        if (this.#sidecars === sidecars) this.#sidecars = undefined;
      },
    });
    this.#sidecars = sidecars;
    this.#cancelTick?.();
    this.#tick();
    return sidecars;
  }

  /** What the tracer of a node says of its workspaces; undefined: it is not read any more. */
  setTracerWorkspaces(node: string, states: ReadonlyMap<string, ShownWorkspace> | undefined): void {
    this.#tell(this.#workspaces.applyTracer(node, states));
  }

  /** Of which namespaces the tracer of a node shows something; undefined: of all, or it is not read. */
  setTracerSight(node: string, namespaces: readonly string[] | undefined): void {
    this.#tell(this.#workspaces.applySight(node, namespaces));
  }

  /** Tries again at once what has failed. */
  retry(): void {
    for (const watch of this.#podWatches.values()) watch.retry();
    this.#ownerWatches.retry();
    this.#nodeWatch.retry();
  }

  /** Says anew what is known, after `ownMissingRights` or `unreadNodes` has changed. */
  factsChanged(): void {
    this.#stateEmitter.fire();
  }

  dispose(): void {
    this.#cancelTick?.();
    this.#sidecars?.dispose();
    for (const watch of this.#podWatches.values()) watch.dispose();
    this.#ownerWatches.dispose();
    this.#nodeWatch.dispose();
    this.#stateEmitter.dispose();
    this.#nodeEmitter.dispose();
    this.#workspacesEmitter.dispose();
    this.#inventoryEmitter.dispose();
  }

  get #workspaceWatches(): readonly ResourceWatch<ClusterPod>[] {
    return [...this.#podWatches]
      .filter(([namespace]) => this.#options.namespaces.length === 0 || namespace !== TRACER_NAMESPACE)
      .map(([, watch]) => watch);
  }

  #watchPods(namespace: string, path: string): void {
    const watch = new ResourceWatch<ClusterPod>({
      ...this.#watchOptions(),
      path,
      wanted: POD_PARTS,
      parse: parsePod,
      onChange: (change) => {
        this.#ownerWatches.need(change.changed);
        this.#apply(this.inventory.applyPods(namespace, change));
      },
    });
    this.#podWatches.set(namespace, watch);
  }

  #watchOptions(): Pick<ResourceWatchOptions<unknown>, "api" | "clock" | "onState"> {
    const { api, clock } = this.#options;
    return {
      api,
      clock,
      onState: () => {
        this.#stateChanged();
      },
    };
  }

  #stateChanged(): void {
    const tracers = this.#podWatches.get(TRACER_NAMESPACE);
    const known = tracers?.refusedWith !== FORBIDDEN;
    if (known !== this.#workspaces.tracersKnown) {
      this.#workspaces.tracersKnown = known;
      this.#tell(this.#workspaces.refreshAll());
    }
    const why = this.#workspaceWatches.map((watch) => watch.failure).find((each) => each !== undefined);
    if (why !== undefined && why !== this.#loggedWhy) this.#options.log(`cluster ${this.name}: ${why}`);
    this.#loggedWhy = why ?? this.#loggedWhy;
    this.#stateEmitter.fire();
  }

  /** Views are told of what sidecars say once a second at most. */
  #tick(): void {
    this.#tell(this.#workspaces.refreshSidecars());
    if (this.#sidecars === undefined) return;
    this.#cancelTick = this.#options.clock.after(TELL_MS, () => {
      this.#tick();
    });
  }

  #apply(change: InventoryChange): void {
    this.#tell(this.#workspaces.applyInventory(change));
    this.#sidecars?.update();
    this.#inventoryEmitter.fire(change);
  }

  #tell(change: WorkspacesChange): void {
    if (change.changed.length === 0 && change.removed.length === 0) return;
    this.#workspacesEmitter.fire(change);
    const hidden = this.#workspaces.hiddenNamespaces;
    if (hidden.join() === this.#hidden.join()) return;
    this.#hidden = hidden;
    this.#stateEmitter.fire();
  }
}
