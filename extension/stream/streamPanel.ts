import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { HostMessage, RowAction, ViewMessage, ViewStatus } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { Sources } from "../source/sources.ts";
import { clipboardText } from "./clipboardText.ts";
import { packLines } from "./packLines.ts";
import { parseViewMessage } from "./parseViewMessage.ts";
import type { EarlierEvents, ExportPart, ProcessStream } from "./processStream.ts";
import { streamHtml } from "./streamHtml.ts";
import { closedError, ViewExports } from "./viewExports.ts";
import { ViewSession } from "./viewSession.ts";
import { readViewSettings } from "./viewSettings.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

/** Type of the editor tab, in the manifest and in the context of its rows. */
const STREAM_VIEW_TYPE = "processLogging.stream";

const SECTION = "processLogging";

/** What the tab needs of the rest of the extension. */
export interface StreamPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly clock: Clock;
  /** For the extension's log: one line. */
  readonly log: (message: string) => void;
}

/** One open tab, from its making to its end. */
interface Tab {
  readonly panel: vscode.WebviewPanel;
  readonly exports: ViewExports;
  /** Undefined until the page has said `ready`. */
  session: ViewSession | undefined;
  status: ViewStatus | undefined;
  paused: boolean;
  /** Messages for a page that is not ready yet. */
  readonly early: HostMessage[];
  /** Messages of the page that are none. */
  unknownMessages: number;
  unreachable: boolean;
}

/** The process stream in an editor tab of its own; there is one at most, and it comes back after a reload. */
export class StreamPanel implements ProcessStream, vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #options: StreamPanelOptions;
  readonly #statusEmitter = new Emitter<void>();
  readonly #registrations: vscode.Disposable[];
  #tab: Tab | undefined;

  /** Also when the tab is opened, ready or closed. */
  readonly onDidChangeStatus = this.#statusEmitter.event;

  constructor(options: StreamPanelOptions) {
    this.#options = options;
    this.#registrations = [
      vscode.window.registerWebviewPanelSerializer(STREAM_VIEW_TYPE, this),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SECTION) && this.#tab?.session !== undefined)
          this.#postSettings(this.#tab);
      }),
    ];
  }

  get isOpen(): boolean {
    return this.#tab !== undefined;
  }

  get status(): ViewStatus | undefined {
    return this.#tab?.status;
  }

  open(): void {
    if (this.#tab !== undefined) {
      this.#tab.panel.reveal();
      return;
    }
    closeUnreadTabs();
    const title = vscode.l10n.t("Process Stream");
    this.#adopt(
      vscode.window.createWebviewPanel(STREAM_VIEW_TYPE, title, vscode.ViewColumn.Active, {
        ...this.#webviewOptions(),
        // The events live in a worker of the page: leaving the tab must not lose or resend them.
        retainContextWhenHidden: true,
        enableFindWidget: false,
      }),
    );
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#tab !== undefined) panel.dispose();
    else this.#adopt(panel);
    return Promise.resolve();
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  focusFilter(): void {
    this.open();
    if (this.#tab !== undefined) this.#postWhenReady(this.#tab, { type: "focusFilter" });
  }

  clearNarrowing(): void {
    if (this.#tab?.session !== undefined) this.#post(this.#tab, { type: "clearNarrowing" });
  }

  async loadEarlier(signal: AbortSignal): Promise<EarlierEvents> {
    if (this.#tab?.session === undefined) {
      throw new ShownError((t) => t("Open the process stream first: it then shows what ran before, too."));
    }
    return this.#tab.session.loadEarlier(signal);
  }

  runRowAction(action: RowAction, row: number): void {
    if (this.#tab !== undefined) this.#postWhenReady(this.#tab, { type: "rowAction", action, row });
  }

  export(scope: "shown" | "everything", signal: AbortSignal): AsyncIterable<ExportPart> {
    if (this.#tab === undefined) throw closedError();
    return this.#tab.exports.start(scope, signal);
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#tab?.panel.dispose();
    this.#statusEmitter.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const tab: Tab = {
      panel,
      exports: new ViewExports((message) => {
        this.#postWhenReady(tab, message);
      }),
      session: undefined,
      status: undefined,
      paused: false,
      early: [],
      unknownMessages: 0,
      unreachable: false,
    };
    this.#tab = tab;
    // First the listener: the page says `ready` as soon as it has its HTML.
    panel.webview.onDidReceiveMessage((message: unknown) => {
      this.#receive(tab, message);
    });
    panel.onDidDispose(() => {
      this.#closed(tab);
    });
    panel.onDidChangeViewState(() => {
      if (tab.session !== undefined) this.#post(tab, { type: "visible", visible: panel.visible });
    });
    panel.webview.options = this.#webviewOptions();
    panel.webview.html = this.#html(panel.webview);
    this.#statusEmitter.fire();
  }

  #closed(tab: Tab): void {
    tab.session?.dispose();
    tab.session = undefined;
    tab.exports.close();
    if (this.#tab !== tab) return;
    this.#tab = undefined;
    this.#statusEmitter.fire();
  }

  #receive(tab: Tab, value: unknown): void {
    const message = parseViewMessage(value);
    if (message === undefined) {
      tab.unknownMessages++;
      this.#options.log(`dropped a message of the view that is none (${String(tab.unknownMessages)} so far)`);
      return;
    }
    this.#handle(tab, message).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log(`could not do what the view asked for (${message.type}): ${why}`);
    });
  }

  async #handle(tab: Tab, message: ViewMessage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#begin(tab);
        return;
      case "consumed":
        tab.session?.consumed(message.source, message.batch);
        return;
      case "status":
        tab.status = message.status;
        tab.paused = message.status.paused;
        this.#statusEmitter.fire();
        return;
      case "filter":
        tab.session?.changeFilter(message.filter);
        return;
      case "settings": {
        const settings = vscode.workspace.getConfiguration(SECTION);
        await settings.update("columns", message.columns, vscode.ConfigurationTarget.Global);
        await settings.update("foldRepeats", message.foldRepeats, vscode.ConfigurationTarget.Global);
        return;
      }
      case "copy":
        await copy(message.text);
        return;
      case "command":
        await vscode.commands.executeCommand(`${SECTION}.${message.command}`);
        return;
      case "exported":
        tab.exports.receive(message);
        return;
      case "problem":
        this.#options.log(`the view has a problem: ${clipboardText(message.message).text}`);
        return;
    }
  }

  /** Also when the page was loaded again: it then knows nothing any more. */
  #begin(tab: Tab): void {
    tab.session?.dispose();
    if (tab.session !== undefined) tab.exports.abandon();
    this.#postSettings(tab);
    this.#post(tab, { type: "visible", visible: tab.panel.visible });
    if (tab.paused) this.#post(tab, { type: "pause" });
    tab.session = new ViewSession({
      sources: this.#options.sources,
      filter: this.#options.filter,
      post: (message) => {
        this.#post(tab, message);
      },
      clock: this.#options.clock,
      log: this.#options.log,
      pack: packLines,
    });
    for (const message of tab.early.splice(0)) this.#post(tab, message);
    this.#statusEmitter.fire();
  }

  #setPaused(paused: boolean): void {
    const tab = this.#tab;
    if (tab === undefined) return;
    tab.paused = paused;
    // A page that is not ready yet is told when it is.
    if (tab.session !== undefined) this.#post(tab, { type: paused ? "pause" : "resume" });
  }

  #postWhenReady(tab: Tab, message: HostMessage): void {
    if (tab.session === undefined) tab.early.push(message);
    else this.#post(tab, message);
  }

  #postSettings(tab: Tab): void {
    const settings = vscode.workspace.getConfiguration(SECTION);
    this.#post(tab, { type: "settings", settings: readViewSettings((key) => settings.get(key)) });
  }

  #post(tab: Tab, message: HostMessage): void {
    tab.panel.webview.postMessage(message).then(undefined, (error: unknown) => {
      // An editor that shuts down takes none of many.
      if (tab.unreachable) return;
      tab.unreachable = true;
      this.#options.log(
        `could not reach the view: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, enableForms: false, localResourceRoots: [this.#assets()] };
  }

  #assets(): vscode.Uri {
    return vscode.Uri.joinPath(this.#options.extensionUri, "dist", "webview");
  }

  #html(webview: vscode.Webview): string {
    const uri = (name: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#assets(), name)).toString();
    return streamHtml({
      nonce: randomBytes(24).toString("base64"),
      cspSource: webview.cspSource,
      scriptUri: uri("main.js"),
      styleUri: uri("main.css"),
      title: vscode.l10n.t("Process Stream"),
      language: vscode.env.language,
      texts: vscode.l10n.bundle,
    });
  }
}

/** The editor gives back a tab of before a reload only once it is looked at; until then a new one takes its place. */
function closeUnreadTabs(): void {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const ours = tabs.filter(
    // The editor puts a prefix of its own before the type.
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(STREAM_VIEW_TYPE),
  );
  if (ours.length > 0) void vscode.window.tabGroups.close(ours, true);
}

/** Says that it differs from the original, without any of its text. */
async function copy(original: string): Promise<void> {
  const { text, escaped } = clipboardText(original);
  await vscode.env.clipboard.writeText(text);
  if (!escaped) return;
  vscode.window.setStatusBarMessage(
    vscode.l10n.t("$(warning) Copied with invisible characters written as escapes."),
    8_000,
  );
}
