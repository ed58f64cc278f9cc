import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";
import { followSources } from "./followSources.ts";
import { RefreshLimit } from "./refreshLimit.ts";
import { sourceFacts, sourceText } from "./sourceText.ts";
import { treeItem } from "./treeItem.ts";

/** Between the id of a source and the key of one of its facts. */
const SEPARATOR = "\0";

/** The tree of tracers and files, with what is known of each below it. Its elements are ids. */
export class NodesView implements vscode.TreeDataProvider<string>, vscode.Disposable {
  readonly #sources: Sources;
  readonly #changes = new vscode.EventEmitter<string[] | undefined>();
  readonly #refresh: RefreshLimit;
  readonly #registrations: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changes.event;

  constructor(sources: Sources, clock: Clock) {
    this.#sources = sources;
    this.#refresh = new RefreshLimit(clock, (items) => {
      this.#changes.fire(items === undefined ? undefined : [...items]);
    });
    const all = (): void => {
      this.#refresh.add([], true);
    };
    const follow = followSources(sources, {
      added: all,
      removed: all,
      changed: (source) => {
        this.#refresh.add([source.id]);
      },
    });
    this.#registrations = [
      vscode.window.createTreeView("processLogging.nodes", { treeDataProvider: this }),
      new vscode.Disposable(() => {
        follow.dispose();
      }),
    ];
  }

  getTreeItem(element: string): vscode.TreeItem {
    const [id = "", key] = element.split(SEPARATOR);
    const source = this.find(id);
    // Removed since the editor was told of it: a refresh is on its way.
    if (source === undefined) return new vscode.TreeItem("");
    if (key !== undefined) return factItem(element, source, key);
    const text = sourceText(source, vscode.l10n.t, formatTime);
    return treeItem(element, text, vscode.TreeItemCollapsibleState.Collapsed);
  }

  getChildren(element?: string): string[] {
    if (element === undefined) return this.#sources.all.map(({ id }) => id);
    const source = this.find(element);
    if (source === undefined) return [];
    return sourceFacts(source, vscode.l10n.t, formatTime).map(({ key }) => `${element}${SEPARATOR}${key}`);
  }

  getParent(element: string): string | undefined {
    const [id, key] = element.split(SEPARATOR);
    return key === undefined ? undefined : id;
  }

  /** The source with that id, or whose element it is. */
  find(element: unknown): EventSource | undefined {
    if (typeof element !== "string") return undefined;
    const [id] = element.split(SEPARATOR);
    return this.#sources.all.find((source) => source.id === id);
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#refresh.dispose();
    this.#changes.dispose();
  }
}

function factItem(element: string, source: EventSource, key: string): vscode.TreeItem {
  const fact = sourceFacts(source, vscode.l10n.t, formatTime).find((each) => each.key === key);
  return treeItem(element, {
    label: fact?.name ?? "",
    description: fact?.value ?? "",
    tooltip: fact === undefined ? "" : `${fact.name}: ${fact.value}`,
    icon: fact?.warning === true ? "warning" : "blank",
    color: fact?.warning === true ? "list.warningForeground" : undefined,
    contextValue: "fact",
  });
}

function formatTime(ms: number): string {
  return new Date(ms).toLocaleString(vscode.env.language);
}
