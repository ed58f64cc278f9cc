import type { Clock } from "../../clock.ts";
import type { FilterState } from "../../filter/filterState.ts";
import { ConnectionError } from "../../source/connectionError.ts";
import type { Sources } from "../../source/sources.ts";
import type { ReadHistory } from "../../history/readHistory.ts";
import type { OpenStreamSocket } from "../../source/streamSocket.ts";
import { TracerSource } from "../../source/tracerSource.ts";
import type { ClusterSource } from "../clusterSource.ts";
import { NodeTracer, nodeTracerId } from "./nodeTracer.ts";
import { nodesInView } from "./nodesInView.ts";

/** Nodes that are read at a time: each is a connection through the API server. */
const MAX_TRACERS = 50;
/** What changes sooner after another change is looked at together, ms. */
const UPDATE_INTERVAL_MS = 500;

/** What reading a cluster's tracers needs of the outside. */
export interface ClusterTracersOptions {
  readonly cluster: ClusterSource;
  readonly sources: Sources;
  readonly filter: FilterState;
  /** Opens the stream of a node's tracer. */
  readonly open: (node: string) => OpenStreamSocket;
  /** Asks a node's tracer for its history. */
  readonly readHistory?: (node: string) => ReadHistory;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

interface OpenTracer {
  readonly source: NodeTracer;
  readonly listeners: readonly { dispose(): unknown }[];
  /** Pod of the tracer, by uid, when it was last looked at, and whether it was ready. */
  pod: string;
}

/** Keeps a source open for the tracer of each node whose workspaces are in view, or of which nobody else knows them. */
export class ClusterTracers {
  readonly #options: ClusterTracersOptions;
  readonly #open = new Map<string, OpenTracer>();
  readonly #listeners: readonly { dispose(): unknown }[];
  #disposed = false;
  #updatedMs = -Infinity;
  #cancelUpdate: (() => void) | undefined;

  constructor(options: ClusterTracersOptions) {
    this.#options = options;
    const { cluster, filter } = options;
    this.#listeners = [
      cluster.onDidChangeInventory(() => {
        this.#updateSoon();
      }),
      filter.onDidChange(() => {
        this.#update();
      }),
    ];
    this.#update();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelUpdate?.();
    for (const listener of this.#listeners) listener.dispose();
    for (const node of [...this.#open.keys()]) this.#remove(node);
  }

  /** A change at once, and what follows it together: each look is at all pods. */
  #updateSoon(): void {
    if (this.#cancelUpdate !== undefined) return;
    const { clock } = this.#options;
    const waitMs = this.#updatedMs + UPDATE_INTERVAL_MS - clock.nowMs();
    if (waitMs <= 0) this.#update();
    else
      this.#cancelUpdate = clock.after(waitMs, () => {
        this.#update();
      });
  }

  #update(): void {
    this.#cancelUpdate?.();
    this.#cancelUpdate = undefined;
    if (this.#disposed) return;
    const { cluster, filter, clock } = this.#options;
    this.#updatedMs = clock.nowMs();
    const { inventory } = cluster;
    const open = new Set(this.#open.keys());
    const candidates = { pods: inventory.pods.values(), nodesWithOwnRules: inventory.nodesWithOwnRules() };
    const { nodes, left } = nodesInView(candidates, filter.current, open, MAX_TRACERS);
    if (left !== cluster.unreadNodes) {
      cluster.unreadNodes = left;
      cluster.factsChanged();
    }
    for (const node of open) if (!nodes.has(node)) this.#remove(node);
    for (const node of nodes) {
      const pod = inventory.tracerOf(node);
      const known = this.#open.get(node);
      const seen = pod === undefined ? "" : `${pod.uid} ${String(pod.logging?.ready === true)}`;
      if (known === undefined) {
        if (pod !== undefined) this.#add(node, seen);
        continue;
      }
      if (known.pod === seen) continue;
      known.pod = seen;
      // A tracer that came back need not wait for the next try.
      if (pod?.logging?.ready === true && known.source.state.type === "disconnected") known.source.retry();
    }
  }

  #add(node: string, pod: string): void {
    const { cluster, sources, open, readHistory, clock, log } = this.#options;
    const tracer = new TracerSource({
      id: nodeTracerId(cluster.id, node),
      name: node,
      open: open(node),
      ...(readHistory && { readHistory: readHistory(node) }),
      clock,
      log,
    });
    const tell = (): void => {
      cluster.setTracerWorkspaces(node, tracer.state.type === "connected" ? tracer.workspaces : undefined);
    };
    const tellSight = (): void => {
      cluster.setTracerSight(node, tracer.state.type === "connected" ? tracer.node?.sees : undefined);
    };
    const listeners = [
      tracer.onDidChangeWorkspaces(tell),
      tracer.onDidChangeState(tell),
      tracer.onDidChangeNode(tellSight),
      tracer.onDidChangeState(tellSight),
    ];
    const source = new NodeTracer(cluster.id, node, tracer);
    this.#open.set(node, { source, listeners, pod });
    sources.add(source);
  }

  #remove(node: string): void {
    const { cluster, sources } = this.#options;
    const open = this.#open.get(node);
    if (open === undefined) return;
    this.#open.delete(node);
    for (const listener of open.listeners) listener.dispose();
    cluster.setTracerWorkspaces(node, undefined);
    cluster.setTracerSight(node, undefined);
    sources.remove(open.source.id);
  }
}

/** Why the tracer of that node can't be reached now; undefined: it can be tried. */
export function whyNoTracer({ inventory }: ClusterSource, node: string): ConnectionError | undefined {
  const pod = inventory.tracerOf(node);
  if (pod === undefined) return new ConnectionError((t) => t("no tracer runs on node {0}", node), false);
  if (pod.logging?.running === true) return undefined;
  const why = pod.logging?.message ?? pod.why;
  return new ConnectionError(
    (t) => t("the tracer of node {0} does not run: {1}", node, why ?? t("it has not started yet")),
    false,
  );
}
