import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { FilterState } from "../filter/filterState.ts";
import { distinctName } from "../source/distinctName.ts";
import type { Sources } from "../source/sources.ts";
import { filterText } from "./filterText.ts";
import { followSources } from "./followSources.ts";
import type { ItemText } from "./itemText.ts";
import { localTime } from "./localTime.ts";
import { RefreshLimit } from "./refreshLimit.ts";
import { treeItem } from "./treeItem.ts";
import { userText, workspaceText, type WorkspaceSource } from "./workspaceText.ts";
import { type TreeChange, type UserNode, type WorkspaceNode, WorkspaceTree } from "./workspaceTree.ts";

/** More users are shown folded: the extension host keeps several KB for each item that was ever in the tree. */
const MAX_EXPANDED = 200;

/** What the view needs of the rest of the extension. */
export interface WorkspacesViewOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly clock: Clock;
}

/** The tree of users and their workspaces. Its elements are ids, so that items stay the same whatever they show. */
export class WorkspacesView implements vscode.TreeDataProvider<string>, vscode.Disposable {
  readonly #tree = new WorkspaceTree();
  readonly #sources: Sources;
  readonly #changes = new vscode.EventEmitter<string[] | undefined>();
  readonly #refresh: RefreshLimit;
  readonly #view: vscode.TreeView<string>;
  readonly #registrations: { dispose(): unknown }[];
  readonly onDidChangeTreeData = this.#changes.event;

  constructor({ sources, filter, clock }: WorkspacesViewOptions) {
    this.#sources = sources;
    this.#refresh = new RefreshLimit(clock, (items) => {
      this.#changes.fire(items && this.#withSelected(items));
    });
    this.#view = vscode.window.createTreeView("processLogging.workspaces", {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#registrations = [
      followSources(sources, {
        added: (source) => {
          this.#show(
            this.#tree.apply(source.id, { all: true, changed: [...source.workspaces.values()], removed: [] }),
          );
          // Each workspace names its node as soon as there are two.
          this.#refresh.add([], sources.all.length > 1);
        },
        removed: (source) => {
          this.#show(this.#tree.removeSource(source.id));
          this.#refresh.add([], true);
        },
        workspaces: (source, change) => {
          this.#show(this.#tree.apply(source.id, change));
        },
      }),
      filter.onDidChange(() => {
        this.#describe(filter);
      }),
    ];
    this.#describe(filter);
  }

  getTreeItem(id: string): vscode.TreeItem {
    const node = this.#tree.get(id);
    // Removed since the editor was told of it: a refresh is on its way.
    if (node === undefined) return new vscode.TreeItem("");
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const users = this.#tree.userCount > MAX_EXPANDED ? Collapsed : Expanded;
    return treeItem(id, this.#textOf(node), node.type === "user" ? users : None);
  }

  resolveTreeItem(item: vscode.TreeItem, id: string): vscode.TreeItem {
    const node = this.#tree.get(id);
    if (node !== undefined) item.tooltip = this.#textOf(node).tooltip;
    this.#refresh.hold(id);
    return item;
  }

  getChildren(id?: string): string[] {
    const nodes = id === undefined ? this.#tree.users() : this.#tree.workspaces(id);
    return nodes.map((node) => node.id);
  }

  getParent(id: string): string | undefined {
    const node = this.#tree.get(id);
    return node?.type === "workspace" ? node.userId : undefined;
  }

  /** The nodes that a menu's command is for: the selected ones, when the clicked one is among them. */
  chosen(clicked: unknown, selected: unknown): readonly (UserNode | WorkspaceNode)[] {
    const ids = Array.isArray(selected) && selected.length > 0 ? selected : [clicked];
    const usable = typeof clicked === "string" || Array.isArray(selected) ? ids : this.#view.selection;
    return usable
      .map((id) => (typeof id === "string" ? this.#tree.get(id) : undefined))
      .filter((node) => node !== undefined);
  }

  /** The workspaces of a user. */
  workspacesOf(userId: string): readonly WorkspaceNode[] {
    return this.#tree.workspaces(userId);
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#refresh.dispose();
    this.#view.dispose();
    this.#changes.dispose();
  }

  /** The editor forgets which of several items are selected unless it refreshes all of them from the top down. */
  #withSelected(items: readonly string[]): string[] {
    const selected = new Set(this.#view.selection);
    if (selected.size < 2 || !items.some((id) => selected.has(id))) return [...items];
    return [...items.filter((id) => !selected.has(id)), ...this.#tree.inOrder(selected)];
  }

  #textOf(node: UserNode | WorkspaceNode): ItemText {
    const { t } = vscode.l10n;
    if (node.type === "user") return userText(node, t);
    return workspaceText(node.state, this.#sourceOf(node), t, localTime);
  }

  #show({ roots, items }: TreeChange): void {
    this.#refresh.add(items, roots);
  }

  #describe({ current }: FilterState): void {
    this.#view.description = filterText(current);
  }

  #sourceOf(node: WorkspaceNode): WorkspaceSource {
    const { all } = this.#sources;
    const source = all.find(({ id }) => id === node.sourceId);
    return { name: source === undefined ? "" : distinctName(source, all), isOnly: all.length < 2 };
  }
}
