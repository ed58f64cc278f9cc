import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { ClusterSource } from "../cluster/clusterSource.ts";
import { nodeTracerId, parseNodeTracerId } from "../cluster/tracers/nodeTracer.ts";
import type { HeadWatch } from "../heads/headWatch.ts";
import { distinctName } from "../source/distinctName.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";
import { clusterNodeFacts, clusterNodeText, type ShownNode } from "./clusterNodeText.ts";
import { clusterFacts, clusterText, type ShownCluster } from "./clusterText.ts";
import { followSources } from "./followSources.ts";
import type { ItemText } from "./itemText.ts";
import { localTime } from "./localTime.ts";
import { RefreshLimit } from "./refreshLimit.ts";
import { type ShownSource, type SourceFact, sourceFacts, sourceText } from "./sourceText.ts";
import { treeItem } from "./treeItem.ts";

/** Between the id of a source, or of a node, and the key of one of its facts. */
const SEPARATOR = "\0";

/** An element taken apart. */
interface Place {
  readonly source: EventSource;
  /** Name of a node of the source, which is a cluster. */
  readonly node: string | undefined;
  readonly fact: string | undefined;
}

/** The tree of tracers, files and clusters with their nodes, with what is known of each below it. Its elements are ids. */
export class NodesView implements vscode.TreeDataProvider<string>, vscode.Disposable {
  readonly #sources: Sources;
  readonly #heads: HeadWatch;
  readonly #changes = new vscode.EventEmitter<string[] | undefined>();
  readonly #refresh: RefreshLimit;
  readonly #registrations: vscode.Disposable[];
  readonly #inventories = new Map<EventSource, { dispose(): unknown }>();
  readonly onDidChangeTreeData = this.#changes.event;

  constructor(sources: Sources, heads: HeadWatch, clock: Clock) {
    this.#heads = heads;
    this.#sources = sources;
    this.#refresh = new RefreshLimit(clock, (items) => {
      this.#changes.fire(items === undefined ? undefined : [...items]);
    });
    const follow = followSources(sources, {
      added: (source) => {
        this.#added(source);
      },
      removed: (source) => {
        this.#inventories.get(source)?.dispose();
        this.#inventories.delete(source);
        this.#refresh.add([source.id], source.clusterId === undefined);
      },
      changed: (source) => {
        this.#refresh.add(this.#sameName(source));
      },
    });
    const differing = heads.onDidChange(({ id }) => {
      this.#refresh.add([id]);
    });
    this.#registrations = [
      vscode.window.createTreeView("processLogging.nodes", { treeDataProvider: this }),
      new vscode.Disposable(() => {
        follow.dispose();
        differing.dispose();
        for (const listener of this.#inventories.values()) listener.dispose();
      }),
    ];
  }

  getTreeItem(element: string): vscode.TreeItem {
    const place = this.#placeOf(element);
    // Removed since the editor was told of it: a refresh is on its way.
    if (place === undefined) return new vscode.TreeItem("");
    if (place.fact !== undefined) return factItem(element, this.#factsOf(place), place.fact);
    return treeItem(element, this.#textOf(place), vscode.TreeItemCollapsibleState.Collapsed);
  }

  resolveTreeItem(item: vscode.TreeItem, element: string): vscode.TreeItem {
    const place = this.#placeOf(element);
    if (place !== undefined) item.tooltip = this.#tooltipOf(place);
    this.#refresh.hold(element);
    return item;
  }

  getChildren(element?: string): string[] {
    if (element === undefined) {
      return this.#sources.all.filter(({ clusterId }) => clusterId === undefined).map(({ id }) => id);
    }
    const place = this.#placeOf(element);
    if (place === undefined || place.fact !== undefined) return [];
    const facts = this.#factsOf(place).map(({ key }) => `${element}${SEPARATOR}${key}`);
    if (place.node !== undefined || !(place.source instanceof ClusterSource)) return facts;
    const { id, inventory } = place.source;
    return [...facts, ...nodeNames(inventory).map((name) => nodeTracerId(id, name))];
  }

  getParent(element: string): string | undefined {
    const [id = "", fact] = element.split(SEPARATOR);
    return fact === undefined ? parseNodeTracerId(id)?.clusterId : id;
  }

  /** The source with that id, or whose element it is; of a node, its tracer's. */
  find(element: unknown): EventSource | undefined {
    if (typeof element !== "string") return undefined;
    const place = this.#placeOf(element);
    return place?.node === undefined ? place?.source : this.#tracerOf(place.source, place.node);
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#refresh.dispose();
    this.#changes.dispose();
  }

  #added(source: EventSource): void {
    this.#refresh.add([source.id], source.clusterId === undefined);
    if (!(source instanceof ClusterSource)) return;
    let known = new Set<string>();
    const listener = source.onDidChangeInventory(({ nodes }) => {
      // Of most changes of a thousand pods no node has anything else to show.
      if (nodes.size === 0) {
        this.#refresh.add([source.id]);
        return;
      }
      const now = new Set(nodeNames(source.inventory));
      const cameOrWent =
        now.size !== known.size || [...nodes].some((name) => now.has(name) !== known.has(name));
      known = now;
      const changed = [...nodes].map((name) => nodeTracerId(source.id, name));
      this.#refresh.add(cameOrWent ? [source.id] : [source.id, ...changed]);
    });
    this.#inventories.set(source, listener);
  }

  /** The source, and those that may be told from it by another name now. */
  #sameName({ id, name }: EventSource): readonly string[] {
    return [
      id,
      ...this.#sources.all.filter((each) => each.id !== id && each.name === name).map((each) => each.id),
    ];
  }

  #placeOf(element: string): Place | undefined {
    const [id = "", fact] = element.split(SEPARATOR);
    const { clusterId, node } = parseNodeTracerId(id) ?? { clusterId: id, node: undefined };
    const source = this.#sources.all.find((each) => each.id === clusterId);
    return source === undefined ? undefined : { source, node, fact };
  }

  #tracerOf({ id }: EventSource, node: string): EventSource | undefined {
    const wanted = nodeTracerId(id, node);
    return this.#sources.all.find((each) => each.id === wanted);
  }

  #textOf({ source, node }: Place): ItemText {
    const { t } = vscode.l10n;
    if (!(source instanceof ClusterSource)) return sourceText(this.#shown(source), t, localTime);
    if (node === undefined) return clusterText(shownCluster(source), t, localTime);
    return clusterNodeText(this.#shownNode(source, node), t, localTime);
  }

  #tooltipOf(place: Place): string {
    if (place.fact === undefined) return this.#textOf(place).tooltip;
    const fact = this.#factsOf(place).find(({ key }) => key === place.fact);
    return fact === undefined ? "" : `${fact.name}: ${fact.value}`;
  }

  #factsOf({ source, node }: Place): readonly SourceFact[] {
    const { t } = vscode.l10n;
    if (!(source instanceof ClusterSource)) return sourceFacts(this.#shown(source), t, localTime);
    if (node === undefined) return clusterFacts(shownCluster(source), t);
    return clusterNodeFacts(this.#shownNode(source, node), t, localTime);
  }

  #shown(source: EventSource): ShownSource {
    const { id, kind, state, node } = source;
    const name = distinctName(source, this.#sources.all);
    const history = {
      historyDiffers: this.#heads.differs(source),
      historyUntold: this.#heads.isUntold(source),
    };
    return { id, kind, name, state, node, ...history };
  }

  #shownNode(cluster: ClusterSource, name: string): ShownNode {
    const { inventory } = cluster;
    const source = this.#tracerOf(cluster, name);
    return {
      name,
      node: inventory.nodes.get(name),
      tracer: inventory.tracerOf(name),
      commonImage: inventory.commonImage(),
      workspaces: [...inventory.podsOn(name)].length,
      source: source && this.#shown(source),
    };
  }
}

function nodeNames(inventory: ClusterSource["inventory"]): readonly string[] {
  if (inventory.nodes.size > 0) return [...inventory.nodes.keys()].sort();
  // Without the right to see nodes, those that pods name.
  const names = [...inventory.pods.values(), ...inventory.tracers.values()].map(({ node }) => node);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function shownCluster(cluster: ClusterSource): ShownCluster {
  const { name, server, state, nodesState, workspaces, missingRights, unreadNodes, inventory } = cluster;
  const { unread: unreadLogs, otherLines } = cluster.unshownLogs;
  const names = nodeNames(inventory);
  const logging = names.filter((node) => inventory.tracerOf(node)?.logging?.ready === true).length;
  return {
    ...{ name, server, state, nodesState, missingRights, logging },
    ...{ unreadNodes, unreadLogs, otherLines },
    workspaces: workspaces.size,
    nodes: names.length,
  };
}

function factItem(element: string, facts: readonly SourceFact[], key: string): vscode.TreeItem {
  const fact = facts.find((each) => each.key === key);
  return treeItem(element, {
    label: fact?.name ?? "",
    description: fact?.value ?? "",
    icon: fact?.warning === true ? "warning" : "blank",
    color: fact?.warning === true ? "list.warningForeground" : undefined,
    contextValue: "fact",
  });
}
