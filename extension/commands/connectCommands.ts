import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import { parseToken } from "../source/bearerToken.ts";
import type { HeadWatch } from "../heads/headWatch.ts";
import { type ConnectionTarget, parseTargetUrl } from "../source/connectionTarget.ts";
import { distinctName } from "../source/distinctName.ts";
import type { Sources } from "../source/sources.ts";
import { nativeText } from "../text/nativeText.ts";
import { localTime } from "../views/localTime.ts";
import { sourceText } from "../views/sourceText.ts";
import type { NodesView } from "../views/nodesView.ts";
import type { Clusters } from "./clusters.ts";
import type { CommandTable } from "./commandTable.ts";
import type { Connections } from "./connections.ts";
import { whyText } from "../../protocol/text/shownError.ts";

/** What the commands need of the rest of the extension. */
export interface ConnectCommandsOptions {
  readonly sources: Sources;
  readonly connections: Connections;
  readonly clusters: Clusters;
  readonly nodes: NodesView;
  readonly heads: HeadWatch;
}

/** The commands that connect and disconnect. */
export function connectCommands(options: ConnectCommandsOptions): CommandTable {
  const { sources, connections, clusters, nodes, heads } = options;
  return {
    connect: async () => {
      const target = await askForTarget(connections, clusters);
      if (target !== undefined) connections.connect(target);
    },
    connectLocal: () => {
      connections.connect(connections.settings.socket);
    },
    disconnect: async () => {
      const id = await askForSource(sources);
      if (id !== undefined) sources.remove(id);
    },
    "nodes.remove": (element) => {
      const source = nodes.find(element);
      if (source !== undefined) sources.remove(source.id);
    },
    "nodes.acceptHistory": (element) => {
      const source = nodes.find(element);
      if (source !== undefined) heads.accept(source);
    },
    "nodes.retry": (element) => {
      const source = nodes.find(element);
      if (source !== undefined && !connections.retry(source.id)) clusters.retry(source.id);
    },
  };
}

interface WayItem extends vscode.QuickPickItem {
  readonly ask: () => Promise<ConnectionTarget | undefined>;
}

async function askForTarget(
  connections: Connections,
  clusters: Clusters,
): Promise<ConnectionTarget | undefined> {
  const { socket, url } = connections.settings;
  const ways: WayItem[] = [
    {
      label: vscode.l10n.t("The tracer of this host"),
      description: nativeText(socket.socketPath),
      ask: () => Promise.resolve(socket),
    },
    {
      label: vscode.l10n.t("A cluster…"),
      description: vscode.l10n.t("the workspaces of a Kubernetes cluster, by your kubeconfig"),
      ask: async () => {
        await clusters.connect();
        return undefined;
      },
    },
    {
      label: vscode.l10n.t("Another socket…"),
      description: vscode.l10n.t("a Unix socket of this host, by its path"),
      ask: askForSocket,
    },
    {
      label: vscode.l10n.t("An address…"),
      description: vscode.l10n.t("https:// of a tracer, or http:// of this host, with a token"),
      ask: () => askForUrl(connections),
    },
  ];
  if (url !== undefined) {
    ways.splice(1, 0, {
      label: vscode.l10n.t("The address of the settings"),
      description: nativeText(url.url),
      ask: async () => {
        if (connections.settings.tokenFile !== undefined) return url;
        return (await askForToken(connections, url.url)) ? url : undefined;
      },
    });
  }
  const way = await vscode.window.showQuickPick(ways, {
    title: vscode.l10n.t("Connect"),
    placeHolder: vscode.l10n.t("Where the tracer service listens"),
  });
  return way?.ask();
}

async function askForSocket(): Promise<ConnectionTarget | undefined> {
  const socketPath = await vscode.window.showInputBox({
    title: vscode.l10n.t("Connect to a Socket"),
    prompt: vscode.l10n.t("Whole path of the Unix socket"),
    ignoreFocusOut: true,
    validateInput: (path) => (isAbsolute(path) ? undefined : vscode.l10n.t("Write the whole path.")),
  });
  return socketPath === undefined ? undefined : { type: "unix", socketPath };
}

async function askForUrl(connections: Connections): Promise<ConnectionTarget | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Connect to an Address"),
    prompt: vscode.l10n.t("Address of the tracer service, such as {0}", "http://127.0.0.1:9410/"),
    ignoreFocusOut: true,
    validateInput: (typed) => problemOf(() => parseTargetUrl(typed)),
  });
  if (text === undefined) return undefined;
  const target = parseTargetUrl(text);
  if (target.type !== "url") return target;
  return (await askForToken(connections, target.url)) ? target : undefined;
}

/** Whether a token was given; it goes into the secret storage and nowhere else. */
async function askForToken(connections: Connections, url: string): Promise<boolean> {
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t("Token"),
    prompt: vscode.l10n.t("Bearer token of the tracer service; it is kept in the editor's secret storage"),
    password: true,
    ignoreFocusOut: true,
    validateInput: (typed) => problemOf(() => parseToken(typed)),
  });
  if (token === undefined) return false;
  await connections.storeToken(url, token);
  return true;
}

function problemOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return whyText(error);
  }
}

/** The only source there is, or the one that is chosen; a cluster goes as a whole. */
async function askForSource(sources: Sources): Promise<string | undefined> {
  const all = sources.all.filter((source) => source.clusterId === undefined);
  const [only] = all;
  if (only === undefined) return undefined;
  if (all.length === 1) return only.id;
  const items = all.map((source) => {
    const { id, kind, state, node } = source;
    const shown = { id, kind, state, node, name: distinctName(source, all) };
    const { label, description } = sourceText(shown, vscode.l10n.t, localTime);
    return { label, description, id };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Disconnect"),
    placeHolder: vscode.l10n.t("The tracer or the file to take away"),
  });
  return chosen?.id;
}
