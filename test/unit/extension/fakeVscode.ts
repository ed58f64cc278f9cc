/** What was registered with a fake of the editor's module. */
export interface Registered {
  readonly commands: Map<string, (...args: unknown[]) => unknown>;
  readonly views: string[];
  readonly serializers: string[];
  readonly contextKeys: Set<string>;
}

/** As much of the editor's module as the extension needs to activate; what it registers is kept. */
export function fakeVscode(): { readonly module: object; readonly registered: Registered } {
  const registered: Registered = { commands: new Map(), views: [], serializers: [], contextKeys: new Set() };
  const disposable = { dispose: () => undefined };
  class EventEmitter {
    readonly event = (): object => disposable;
    fire(): void {
      // Nobody listens.
    }
    dispose(): void {
      // There is nothing to end.
    }
  }
  class Disposable {
    static from(): object {
      return disposable;
    }
    dispose(): void {
      // There is nothing to end.
    }
  }
  class ThemeColor {
    readonly id: string;
    constructor(id: string) {
      this.id = id;
    }
  }
  const module = {
    EventEmitter,
    Disposable,
    ThemeColor,
    StatusBarAlignment: { Left: 1 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    l10n: { t: (text: string) => text },
    env: { language: "en" },
    window: {
      tabGroups: { onDidChangeTabs: () => disposable },
      createOutputChannel: () => ({ info: () => undefined, error: () => undefined, ...disposable }),
      createTreeView: (id: string) => {
        registered.views.push(id);
        return { ...disposable, description: "" };
      },
      createStatusBarItem: () => ({ ...disposable, show: () => undefined, hide: () => undefined }),
      registerWebviewPanelSerializer: (type: string) => {
        registered.serializers.push(type);
        return disposable;
      },
    },
    workspace: {
      onDidChangeConfiguration: () => disposable,
      registerTextDocumentContentProvider: () => disposable,
      // No connection is made by itself.
      getConfiguration: () => ({ inspect: () => ({ globalValue: false }), get: () => undefined }),
    },
    commands: {
      registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
        registered.commands.set(id, run);
        return disposable;
      },
      executeCommand: (id: string, key: string) => {
        if (id === "setContext") registered.contextKeys.add(key);
        return Promise.resolve();
      },
    },
  };
  return { module, registered };
}
