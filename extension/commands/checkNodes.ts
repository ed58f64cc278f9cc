import { hostname } from "node:os";
import * as vscode from "vscode";
import { findToken } from "../source/bearerToken.ts";
import type { Secrets } from "../source/bearerToken.ts";
import { type ConnectionTarget, parseTargetUrl, targetId } from "../source/connectionTarget.ts";
import type { Sources } from "../source/sources.ts";
import { localTime } from "../views/localTime.ts";
import type { CheckPods } from "./checkPods.ts";
import { clusterReport } from "./clusterReport.ts";
import type { Clusters } from "./clusters.ts";
import type { CommandTable } from "./commandTable.ts";
import type { Connections } from "./connections.ts";
import { localRequirements, readLocalFacts } from "./localRequirements.ts";
import { nodeReport } from "./nodeReport.ts";
import { askReadiness, type Readiness } from "./readiness.ts";
import type { Reports } from "./reports.ts";

/** What the report needs of the rest of the extension. */
export interface CheckNodesOptions {
  readonly sources: Sources;
  readonly connections: Connections;
  readonly secrets: Secrets;
  readonly reports: Reports;
  readonly clusters: Clusters;
  readonly checkPods: CheckPods;
}

const PREFIX = "tracer:";

/** Shows a report of this host and of each tracer in an editor, read only. */
export class CheckNodes {
  readonly #options: CheckNodesOptions;

  constructor(options: CheckNodesOptions) {
    this.#options = options;
  }

  commands(): CommandTable {
    return { checkNodes: () => this.#show() };
  }

  async #show(): Promise<void> {
    const { sources, connections, reports, clusters, checkPods } = this.#options;
    const { socket } = connections.settings;
    const tracers = sources.all.filter(({ kind, clusterId }) => kind === "tracer" && clusterId === undefined);
    const [local, facts, ...asked] = await Promise.all([
      this.#ask(socket),
      readLocalFacts(),
      ...tracers.map(async (source) => {
        const target = targetOf(source.id);
        const isLocal = source.id === targetId(socket);
        return { source, readiness: target === undefined || isLocal ? undefined : await this.#ask(target) };
      }),
    ]);
    const report = nodeReport(
      {
        thisHost: hostname(),
        socketPath: socket.socketPath,
        local,
        requirements: localRequirements(facts),
        tracers: asked,
      },
      vscode.l10n.t,
      localTime,
    );
    const tables = clusters.all.map(({ source }) => clusterReport(source, vscode.l10n.t));
    await reports.show(vscode.l10n.t("Node Requirements"), [...tables, report].join("\n"));
    for (const cluster of clusters.all) await checkPods.offer(cluster);
  }

  async #ask(target: ConnectionTarget): Promise<Readiness | Error> {
    const { connections, secrets } = this.#options;
    const { url, tokenFile } = connections.settings;
    try {
      if (target.type === "unix") return await askReadiness(target, undefined);
      const file = target.url === url?.url ? tokenFile : undefined;
      return await askReadiness(target, await findToken(target.url, file, secrets));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Where the source of that id listens; undefined when the id says nothing of that. */
function targetOf(id: string): ConnectionTarget | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const rest = id.slice(PREFIX.length);
  if (rest.startsWith("unix:")) return { type: "unix", socketPath: rest.slice("unix:".length) };
  try {
    return parseTargetUrl(rest);
  } catch {
    return undefined;
  }
}
