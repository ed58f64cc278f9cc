import { hostname } from "node:os";
import * as vscode from "vscode";
import { setTexts } from "../protocol/text/translate.ts";
import { systemClock } from "./clock.ts";
import { CheckNodes } from "./commands/checkNodes.ts";
import { CheckPods } from "./commands/checkPods.ts";
import { Clusters } from "./commands/clusters.ts";
import { connectCommands } from "./commands/connectCommands.ts";
import { Connections } from "./commands/connections.ts";
import { disableLogging } from "./commands/disableLogging.ts";
import { EnableLogging } from "./commands/enableLogging.ts";
import { exportCommand } from "./commands/exportCommand.ts";
import { ExpressionHistory } from "./commands/expressionHistory.ts";
import { filterCommands } from "./commands/filterCommands.ts";
import { historyCommands } from "./commands/historyCommands.ts";
import { openLogFileCommand } from "./commands/openLogFile.ts";
import { Queries } from "./commands/queryCommands.ts";
import { Reports } from "./commands/reports.ts";
import { registerCommands } from "./commands/registerCommands.ts";
import { showCommands } from "./commands/showCommands.ts";
import { streamCommands } from "./commands/streamCommands.ts";
import { workspaceCommands } from "./commands/workspaceCommands.ts";
import { ContextKeys, type ContextKey } from "./contextKeys.ts";
import { ViewFilterState } from "./filter/viewFilterState.ts";
import { HeadMemory } from "./heads/headMemory.ts";
import { HeadWatch } from "./heads/headWatch.ts";
import { warnOfHistory } from "./heads/warnOfHistory.ts";
import { CONNECTION_SETTINGS } from "./source/connectionSettings.ts";
import { SourceRegistry } from "./source/sourceRegistry.ts";
import { StreamPanel } from "./stream/streamPanel.ts";
import { NodesView } from "./views/nodesView.ts";
import { StatusBar } from "./views/statusBar.ts";
import { WorkspacesView } from "./views/workspacesView.ts";
import { WalkthroughTicks } from "./walkthroughTicks.ts";

const SECTION = "processLogging";

/** Puts the extension together; what is heavy is loaded when it is used first. */
export function activate(context: vscode.ExtensionContext): void {
  setTexts(vscode.l10n.bundle ?? {});
  const { secrets, extensionUri } = context;
  const clock = systemClock;
  const channel = vscode.window.createOutputChannel(vscode.l10n.t("Process Logging"), { log: true });
  const log = (message: string): void => {
    channel.info(message);
  };

  const sources = new SourceRegistry();
  const filter = new ViewFilterState(context.workspaceState);
  const stream = new StreamPanel({ extensionUri, sources, filter, clock, log });
  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(SECTION);
  const connections = new Connections({ sources, settings, secrets, thisHost: hostname(), clock, log });
  const reports = new Reports();
  const clusters = new Clusters({ sources, filter, settings, reports, clock, log });

  const workspaces = new WorkspacesView({ sources, filter, clock });
  const memory = new HeadMemory(context.globalState);
  const heads = new HeadWatch({ sources, memory, clock, log, warn: warnOfHistory() });
  const nodes = new NodesView(sources, heads, clock);
  const statusBar = new StatusBar({ sources, filter, stream, clock });

  const keys = new Set<string>();
  const setContext = (key: ContextKey, value: boolean): void => {
    if (value) keys.add(key);
    else keys.delete(key);
    void vscode.commands.executeCommand("setContext", key, value);
  };
  const contextKeys = new ContextKeys({ sources, filter, stream, setContext });
  const ticks = new WalkthroughTicks({ isSet: (key) => keys.has(key), setContext, clock });
  const pages = vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
    if ([...opened, ...changed].some(({ input }) => input === undefined)) ticks.pageOpened();
  });

  const history = new ExpressionHistory(context.globalState);
  const queries = new Queries({ sources, filter, log: channel });
  const enable = new EnableLogging({ clusters, reports, folder: extensionUri.fsPath, clock });
  const checkPods = new CheckPods({ enable, reports, clock });
  const checkNodes = new CheckNodes({ sources, connections, secrets, reports, clusters, checkPods });
  const commands = registerCommands(
    [
      streamCommands(stream),
      exportCommand(stream),
      historyCommands({ sources, filter, stream, clock }),
      openLogFileCommand(sources, stream, clock),
      filterCommands({ sources, filter, stream, history, clock }),
      queries.commands(),
      workspaceCommands({ view: workspaces, filter, stream, queries }),
      connectCommands({ sources, connections, clusters, nodes, heads }),
      clusters.commands(),
      enable.commands(),
      disableLogging({ clusters, enable, reports, clock }),
      checkNodes.commands(),
      showCommands({
        manifest: context.extension.packageJSON,
        isSet: (key) => keys.has(key),
        log: channel,
      }),
    ],
    channel,
  );

  const changes = vscode.workspace.onDidChangeConfiguration((change) => {
    if (CONNECTION_SETTINGS.some((name) => change.affectsConfiguration(`${SECTION}.${name}`))) {
      connections.start();
    }
  });

  // They are disposed of in this order: first who listens, then who is listened to.
  context.subscriptions.push(changes, commands, reports, pages, ticks, contextKeys);
  context.subscriptions.push(statusBar, nodes, workspaces, heads);
  context.subscriptions.push(connections, clusters, stream, filter, sources, channel);
  connections.start();
}
