import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { type ClusterSettings, readClusterSettings } from "../cluster/clusterSettings.ts";
import { clusterId, ClusterSource } from "../cluster/clusterSource.ts";
import type { KubeconfigContext, KubeconfigContexts } from "../cluster/kubeconfig/kubeconfigContexts.ts";
import { NodeTracer } from "../cluster/tracers/nodeTracer.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { InspectedSettings } from "../source/connectionSettings.ts";
import type { Sources } from "../source/sources.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import { rightText } from "../views/clusterText.ts";
import type { CommandTable } from "./commandTable.ts";
import type { Reports } from "./reports.ts";

/** What connecting to clusters needs of the rest of the extension. */
export interface ClustersOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly settings: () => InspectedSettings;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** The clusters that are connected; they are connected only when the user asks for it. */
export class Clusters implements vscode.Disposable {
  readonly #options: ClustersOptions;
  readonly #open = new Map<string, OpenCluster>();
  readonly #listener: { dispose(): unknown };

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.#listener = options.sources.onDidChange(() => {
      this.#forgetRemoved();
    });
  }

  /** In the order in which they were connected. */
  get all(): readonly OpenCluster[] {
    return [...this.#open.values()];
  }

  commands(): CommandTable {
    return {
      connectCluster: () => this.connect(),
      showMissingRights: async () => {
        const cluster = await this.choose();
        if (cluster !== undefined) await this.#showRights(cluster);
      },
    };
  }

  /** The settings as they are now; what is wrong with them goes to the log. */
  settings(): ClusterSettings {
    const settings = readClusterSettings(this.#options.settings());
    for (const problem of settings.problems) this.#options.log(problem);
    return settings;
  }

  /** Asks for a context and connects to it. */
  async connect(): Promise<OpenCluster | undefined> {
    const settings = this.settings();
    // Nobody without a cluster pays for loading it.
    const { readKubeconfig } = await import("../cluster/kubeconfig/kubernetesLibrary.ts");
    const contexts = readKubeconfig(settings.kubeconfig);
    const chosen = await this.#askForContext(contexts, settings.context);
    if (chosen === undefined) return undefined;
    const known = this.#open.get(clusterId(chosen.name));
    if (known !== undefined) {
      known.source.retry();
      return known;
    }
    const [{ HttpsApiServer }, { openCluster }] = await Promise.all([
      import("../cluster/api/httpsApiServer.ts"),
      import("../cluster/openCluster.ts"),
    ]);
    const { sources, filter, clock, log } = this.#options;
    const access = contexts.open(chosen.name);
    const cluster = openCluster({
      context: chosen.name,
      server: access.server,
      api: new HttpsApiServer(access),
      namespaces: settings.namespaces,
      ...{ sources, filter, clock, log },
    });
    this.#open.set(cluster.source.id, cluster);
    void cluster.checked.then(() => this.#tellRights(cluster));
    return cluster;
  }

  /** The only cluster there is, or the one that is chosen; where there is none, one is connected first. */
  async choose(): Promise<OpenCluster | undefined> {
    const [only, ...others] = this.all;
    if (only === undefined) return this.connect();
    if (others.length === 0) return only;
    const items = this.all.map((cluster) => ({
      label: nativeText(cluster.source.name),
      description: nativeText(cluster.source.server),
      cluster,
    }));
    const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Cluster") });
    return chosen?.cluster;
  }

  /** Tries again at once; whether there is such a cluster or node. */
  retry(id: string): boolean {
    const source = this.#options.sources.all.find((each) => each.id === id);
    if (source instanceof ClusterSource || source instanceof NodeTracer) source.retry();
    return source !== undefined;
  }

  dispose(): void {
    this.#listener.dispose();
    for (const cluster of this.all) cluster.dispose();
    this.#open.clear();
  }

  async #askForContext(
    { all, current }: KubeconfigContexts,
    preferred: string | undefined,
  ): Promise<KubeconfigContext | undefined> {
    const first = all.some(({ name }) => name === preferred) ? preferred : current;
    const ordered = [...all].sort((one, other) => Number(other.name === first) - Number(one.name === first));
    const items = ordered.map((context) => ({
      label: nativeText(context.name),
      description: nativeText(context.server),
      detail:
        context.plugin === undefined
          ? vscode.l10n.t("as {0}", nativeText(context.user))
          : vscode.l10n.t("as {0}; runs {1}", nativeText(context.user), nativeText(context.plugin)),
      context,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t("Connect to a Cluster"),
      placeHolder: vscode.l10n.t("A context of the kubeconfig; your own rights decide what you see"),
      matchOnDescription: true,
    });
    return chosen?.context;
  }

  async #tellRights(cluster: OpenCluster): Promise<void> {
    const { missingRights, name } = cluster.source;
    if (missingRights.length === 0 || this.#open.get(cluster.source.id) !== cluster) return;
    const show = vscode.l10n.t("Show Commands That Grant Them");
    const choice = await vscode.window.showWarningMessage(
      missingRights.length === 1
        ? vscode.l10n.t("1 of the rights that reading {0} takes is missing.", nativeText(name))
        : vscode.l10n.t(
            "{0} of the rights that reading {1} takes are missing.",
            missingRights.length,
            nativeText(name),
          ),
      show,
    );
    if (choice === show) await this.#showRights(cluster);
  }

  async #showRights({ source }: OpenCluster): Promise<void> {
    const { t } = vscode.l10n;
    const lines = source.missingRights.flatMap((right) => [
      `# ${rightText(right)}: ${PURPOSES[right.purpose](t)}`,
      right.command,
      "",
    ]);
    const text =
      lines.length === 0
        ? `# ${t("No right is missing in {0}.", nativeText(source.name))}\n`
        : `# ${t("Whoever may grant rights in {0} can run this:", nativeText(source.name))}\n\n${lines.join("\n")}`;
    await this.#options.reports.show(t("Missing Rights"), text, "shellscript");
  }

  #forgetRemoved(): void {
    const present = new Set(this.#options.sources.all.map(({ id }) => id));
    for (const [id, cluster] of this.#open) {
      if (present.has(id)) continue;
      this.#open.delete(id);
      cluster.dispose();
    }
  }
}

const PURPOSES = {
  pods: (t: Translate) => t("to see workspaces"),
  owners: (t: Translate) => t("to see workspaces that only their Deployment, Job or the like names"),
  nodes: (t: Translate) => t("to see nodes, their kernels and whether they are ready"),
  tracers: (t: Translate) => t("to see which node has a tracer"),
  tunnels: (t: Translate) => t("to reach tracers"),
  tokens: (t: Translate) => t("to be let in by tracers"),
  logs: (t: Translate) => t("to read the logs of sidecars"),
  readers: (t: Translate) => t("to be shown by tracers what runs there: for the account of the readers"),
} as const;
