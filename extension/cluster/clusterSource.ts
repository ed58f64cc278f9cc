import type { SourceState } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { EventSource, EventSubscription, WorkspacesChange } from "../source/eventSource.ts";
import type { ShownWorkspace } from "../source/shownWorkspace.ts";
import { apiPath, type ApiServer } from "./apiServer.ts";
import { ClusterInventory, type InventoryChange } from "./clusterInventory.ts";
import { type ClusterNode, parseNode } from "./clusterNode.ts";
import { type ClusterPod, parsePod, TRACER_NAMESPACE } from "./clusterPod.ts";
import { ClusterWorkspaces } from "./clusterWorkspaces.ts";
import type { MissingRight } from "./rights.ts";
import { ResourceWatch } from "./resourceWatch.ts";

const FORBIDDEN = 403;

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
  /** Rights that the user lacks, once they were asked for. */
  missingRights: readonly MissingRight[] = [];
  readonly #options: ClusterSourceOptions;
  readonly #workspaces: ClusterWorkspaces;
  readonly #stateEmitter = new Emitter<void>();
  readonly #nodeEmitter = new Emitter<void>();
  readonly #workspacesEmitter = new Emitter<WorkspacesChange>();
  readonly #inventoryEmitter = new Emitter<InventoryChange>();
  readonly #podWatches = new Map<string, ResourceWatch<ClusterPod>>();
  readonly #nodeWatch: ResourceWatch<ClusterNode>;
  #loggedWhy: string | undefined;

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
    this.#workspaces = new ClusterWorkspaces(this.inventory);
    const { namespaces } = options;
    if (namespaces.length === 0) this.#watchPods("", apiPath("api", "v1", "pods"));
    for (const namespace of namespaces.length === 0 ? [] : new Set([...namespaces, TRACER_NAMESPACE])) {
      this.#watchPods(namespace, apiPath("api", "v1", "namespaces", namespace, "pods"));
    }
    this.#nodeWatch = new ResourceWatch({
      ...this.#watchOptions(),
      path: apiPath("api", "v1", "nodes"),
      parse: parseNode,
      onChange: (change) => {
        this.#apply(this.inventory.applyNodes(change));
      },
    });
  }

  /** That of the pods: without them there is nothing to show, and without nodes only less. */
  get state(): SourceState {
    const states = [...this.#podWatches]
      .filter(([namespace]) => this.#options.namespaces.length === 0 || namespace !== TRACER_NAMESPACE)
      .map(([, watch]) => watch.state);
    const bad = states.find(({ type }) => type === "disconnected");
    return bad ?? states.find(({ type }) => type === "connecting") ?? { type: "connected" };
  }

  /** Whether nodes can be seen: `state` says why not. */
  get nodesState(): SourceState {
    return this.#nodeWatch.state;
  }

  get workspaces(): ReadonlyMap<string, ShownWorkspace> {
    return this.#workspaces.all;
  }

  /** Whether everything that can be seen has been told once. */
  get listed(): boolean {
    return [...this.#podWatches.values()].every((watch) => watch.listed || watch.refusedWith === FORBIDDEN);
  }

  subscribe(): EventSubscription {
    return { setFilter: () => undefined, dispose: () => undefined };
  }

  /** What the tracer of a node says of its workspaces; undefined: it is not read any more. */
  setTracerWorkspaces(node: string, states: ReadonlyMap<string, ShownWorkspace> | undefined): void {
    this.#tell(this.#workspaces.applyTracer(node, states));
  }

  /** Tries again at once what has failed. */
  retry(): void {
    for (const watch of this.#podWatches.values()) watch.retry();
    this.#nodeWatch.retry();
  }

  /** Says anew what is known, after `missingRights` has changed. */
  rightsChanged(): void {
    this.#stateEmitter.fire();
  }

  dispose(): void {
    for (const watch of this.#podWatches.values()) watch.dispose();
    this.#nodeWatch.dispose();
    this.#stateEmitter.dispose();
    this.#nodeEmitter.dispose();
    this.#workspacesEmitter.dispose();
    this.#inventoryEmitter.dispose();
  }

  #watchPods(namespace: string, path: string): void {
    const watch = new ResourceWatch<ClusterPod>({
      ...this.#watchOptions(),
      path,
      parse: parsePod,
      onChange: (change) => {
        this.#apply(this.inventory.applyPods(namespace, change));
      },
    });
    this.#podWatches.set(namespace, watch);
  }

  #watchOptions(): Pick<ConstructorParameters<typeof ResourceWatch>[0], "api" | "clock" | "onState"> {
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
    const { state } = this;
    const why = state.type === "disconnected" ? state.why : undefined;
    if (why !== undefined && why !== this.#loggedWhy) this.#options.log(`cluster ${this.name}: ${why}`);
    this.#loggedWhy = why ?? this.#loggedWhy;
    this.#stateEmitter.fire();
  }

  #apply(change: InventoryChange): void {
    this.#tell(this.#workspaces.applyInventory(change));
    this.#inventoryEmitter.fire(change);
  }

  #tell(change: WorkspacesChange): void {
    if (change.changed.length > 0 || change.removed.length > 0) this.#workspacesEmitter.fire(change);
  }
}
