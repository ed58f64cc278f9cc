import { Emitter } from "../../../../extension/emitter.ts";

/** A tab of the editor in memory; the test is its page. */
export class FakePanel {
  readonly posted: { readonly type: string; readonly [key: string]: unknown }[] = [];
  readonly #messages = new Emitter<unknown>();
  readonly #disposals = new Emitter<void>();
  readonly #viewStates = new Emitter<void>();
  revealed = 0;
  visible = true;
  readonly webview = {
    html: "",
    options: {} as { readonly localResourceRoots?: readonly string[]; readonly enableScripts?: boolean },
    cspSource: "https://csp.example",
    onDidReceiveMessage: this.#messages.event,
    asWebviewUri: (uri: string) => `https://csp.example${uri}`,
    postMessage: (message: { readonly type: string }) => {
      this.posted.push(message);
      return Promise.resolve(true);
    },
  };
  readonly onDidDispose = this.#disposals.event;
  readonly onDidChangeViewState = this.#viewStates.event;

  reveal(): void {
    this.revealed++;
  }

  dispose(): void {
    this.#disposals.fire();
  }

  /** The user goes to another tab, or comes back. */
  show(visible: boolean): void {
    this.visible = visible;
    this.#viewStates.fire();
  }

  /** The page says something. */
  say(message: unknown): void {
    this.#messages.fire(message);
  }

  /** Types of what the page was told since the last call. */
  take(): string[] {
    return this.posted.splice(0).map(({ type }) => type);
  }
}

/** What the editor tells of a tab with a page in it. */
export class FakeTabInput {
  readonly viewType: string;

  constructor(viewType: string) {
    this.viewType = viewType;
  }
}

/** The parts of the editor's module that the panel uses, as far as a test can watch them. */
export class FakeVscode {
  readonly panels: { readonly panel: FakePanel; readonly options: Record<string, unknown> }[] = [];
  readonly clipboard: string[] = [];
  readonly statusMessages: string[] = [];
  readonly executed: string[] = [];
  readonly updates: unknown[][] = [];
  readonly configuration = new Map<string, unknown>();
  readonly configurationChanges = new Emitter<{ affectsConfiguration(section: string): boolean }>();
  serializerType: string | undefined;
  tabs: { readonly input: unknown }[] = [];

  readonly module = {
    ViewColumn: { Active: -1 },
    TabInputWebview: FakeTabInput,
    ConfigurationTarget: { Global: 1 },
    Uri: { joinPath: (base: string, ...parts: readonly string[]) => [base, ...parts].join("/") },
    l10n: { t: (text: string) => text, bundle: undefined as Record<string, string> | undefined },
    env: {
      language: "en",
      clipboard: {
        writeText: (text: string) => {
          this.clipboard.push(text);
          return Promise.resolve();
        },
      },
    },
    commands: {
      executeCommand: (command: string) => {
        this.executed.push(command);
        return Promise.resolve();
      },
    },
    window: {
      tabGroups: {
        all: [Object.defineProperty({ tabs: [] as readonly unknown[] }, "tabs", { get: () => this.tabs })],
        close: (closed: readonly { readonly input: unknown }[]) => {
          this.tabs = this.tabs.filter((tab) => !closed.includes(tab));
          return Promise.resolve(true);
        },
      },
      createWebviewPanel: (
        _type: string,
        _title: string,
        _column: number,
        options: Record<string, unknown>,
      ) => {
        const panel = new FakePanel();
        this.panels.push({ panel, options });
        return panel;
      },
      registerWebviewPanelSerializer: (type: string) => {
        this.serializerType = type;
        return { dispose: () => undefined };
      },
      setStatusBarMessage: (text: string) => {
        this.statusMessages.push(text);
      },
    },
    workspace: {
      onDidChangeConfiguration: this.configurationChanges.event,
      getConfiguration: () => ({
        get: (key: string) => this.configuration.get(key),
        update: (...change: readonly unknown[]) => {
          this.updates.push([...change]);
          return Promise.resolve();
        },
      }),
    },
  };
}
