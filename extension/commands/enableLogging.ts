import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { applyObjects } from "../cluster/deploy/applyObjects.ts";
import { isImage } from "../cluster/clusterSettings.ts";
import { deploymentObjects } from "../cluster/deploy/deployment.ts";
import { type KubeObject, objectText, parseKubeObject } from "../cluster/api/kubeObject.ts";
import { nodeVerdict } from "../cluster/inventory/nodeVerdict.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { rolloutOf } from "../cluster/deploy/rollout.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Clusters } from "./clusters.ts";
import { clusterReport } from "./clusterReport.ts";
import type { CommandTable } from "./commandTable.ts";
import type { Reports } from "./reports.ts";
import { untilListed } from "./untilListed.ts";
import { runWithProgress, type TaskProgress } from "./runWithProgress.ts";
import { waitFor } from "./waitFor.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

/** An image is pulled on every node meanwhile. */
const READY_TIMEOUT_MS = 300_000;

/** What deploying needs of the rest of the extension. */
export interface EnableLoggingOptions {
  readonly clusters: Clusters;
  readonly reports: Reports;
  /** Folder of the installed extension. */
  readonly folder: string;
  readonly clock: Clock;
}

/** Deploys the tracers: nothing happens before the user has seen what will. */
export class EnableLogging {
  readonly #options: EnableLoggingOptions;

  constructor(options: EnableLoggingOptions) {
    this.#options = options;
  }

  commands(): CommandTable {
    return { enableLogging: () => this.#enable() };
  }

  /** What deploy/ holds, as it was when the extension was built. */
  async manifests(): Promise<readonly KubeObject[]> {
    const text = await readFile(join(this.#options.folder, "dist/extension/deploy.json"), "utf8");
    const objects: unknown = JSON.parse(text);
    if (!Array.isArray(objects))
      throw new ShownError((t) => t("the extension's own deploy.json holds no list: install it again"));
    return objects.map(parseKubeObject);
  }

  /** The image of the settings, or one that is asked for and then kept there. */
  async askForImage(): Promise<string | undefined> {
    const known = this.#options.clusters.settings().image;
    if (known !== undefined) return known;
    const image = await vscode.window.showInputBox({
      title: vscode.l10n.t("Image of the Tracer"),
      prompt: vscode.l10n.t(
        "As your nodes pull it; a digest (…@sha256:…) is recommended, since a tag can change",
      ),
      placeHolder: "registry.example.com/process-logging/tracer@sha256:…",
      ignoreFocusOut: true,
      validateInput: (typed) => (isImage(typed) ? undefined : vscode.l10n.t("That is no name of an image.")),
    });
    if (image === undefined) return undefined;
    const settings = vscode.workspace.getConfiguration("processLogging");
    await settings.update("image", image, vscode.ConfigurationTarget.Global);
    return image;
  }

  async #enable(): Promise<void> {
    const { t } = vscode.l10n;
    const cluster = await this.#options.clusters.choose();
    if (cluster === undefined) return;
    await untilListed(cluster, this.#options.clock);
    const image = await this.askForImage();
    if (image === undefined) return;
    const objects = deploymentObjects({
      manifests: await this.manifests(),
      image,
      namespaces: workspaceNamespaces(cluster),
    });
    await this.#preview(cluster, objects);
    const apply = t("Apply");
    const choice = await vscode.window.showWarningMessage(
      objects.length === 1
        ? t("Apply 1 object to {0}?", nativeText(cluster.source.name))
        : t("Apply {0} objects to {1}?", objects.length, nativeText(cluster.source.name)),
      { modal: true, detail: nodesText(cluster) },
      apply,
    );
    if (choice !== apply) return;
    await runWithProgress(
      t("Enabling process logging in {0}", nativeText(cluster.source.name)),
      (progress, signal) => this.#apply(cluster, { objects, image }, progress, signal),
    );
    await this.#tellResult(cluster, image);
  }

  async #preview(cluster: OpenCluster, objects: readonly KubeObject[]): Promise<void> {
    const { dumpYaml } = await import("../cluster/kubeconfig/kubernetesLibrary.ts");
    const { t } = vscode.l10n;
    const head = [
      t("What will be applied to {0}. Nothing has happened yet.", nativeText(cluster.source.name)),
      ...clusterReport(cluster.source, t).trimEnd().split("\n"),
    ];
    const text = [
      head.map((line) => `# ${line}`.trimEnd()).join("\n"),
      ...objects.map((object) => dumpYaml(object)),
    ].join("\n---\n");
    await this.#options.reports.show(t("Process Logging Manifests"), text, "yaml");
  }

  async #apply(
    { api, source }: OpenCluster,
    { objects, image }: { readonly objects: readonly KubeObject[]; readonly image: string },
    progress: TaskProgress,
    signal: AbortSignal,
  ): Promise<void> {
    await applyObjects(api, objects, (done, object) => {
      if (signal.aborted) throw new ShownError((t) => t("Stopped. Disable… removes what was applied."));
      const increment = done === 0 ? 0 : 100 / objects.length;
      progress.report({ message: nativeText(objectText(object)), increment });
    });
    const allReady = (): boolean => {
      const { ready, waiting, unfit } = rolloutOf(source.inventory, image);
      const all = ready.length + waiting.length + unfit.length;
      progress.report({
        message:
          all === 1
            ? vscode.l10n.t("{0} of 1 node logs", ready.length)
            : vscode.l10n.t("{0} of {1} nodes log", ready.length, all),
      });
      return waiting.length === 0;
    };
    const { clock } = this.#options;
    await waitFor(allReady, source.onDidChangeInventory, { clock, timeoutMs: READY_TIMEOUT_MS, signal });
  }

  async #tellResult({ source }: OpenCluster, image: string): Promise<void> {
    const { t } = vscode.l10n;
    const { ready, waiting, unfit } = rolloutOf(source.inventory, image);
    const all = ready.length + waiting.length + unfit.length;
    if (ready.length === all) {
      void vscode.window.showInformationMessage(
        ready.length === 1
          ? t("Process logging is enabled: the only node logs.")
          : t("Process logging is enabled: all {0} nodes log.", ready.length),
      );
      return;
    }
    await this.#options.reports.show(t("Node Requirements"), clusterReport(source, t, image));
    void vscode.window.showWarningMessage(
      waiting.length === 0 ? unfitText(unfit.length, all) : waitingText(waiting.length + unfit.length, all),
    );
  }
}

function unfitText(unfit: number, all: number): string {
  const { t } = vscode.l10n;
  if (all === 1) return t("The only node can't log. The report says why.");
  return t("{0} of {1} nodes can't log. The report says why.", unfit, all);
}

function waitingText(waiting: number, all: number): string {
  const { t } = vscode.l10n;
  if (all === 1) return t("The only node does not log yet. The report says why.");
  return t("{0} of {1} nodes don't log yet. The report says why.", waiting, all);
}

function workspaceNamespaces({ source, namespaces }: OpenCluster): readonly string[] {
  const found = [...source.inventory.pods.values()].map(({ namespace }) => namespace);
  return [...new Set([...namespaces, ...found])].sort();
}

/** What is known of the nodes, in a few lines. */
function nodesText({ source: { inventory } }: OpenCluster): string {
  const { t } = vscode.l10n;
  const unfit = [...inventory.nodes.values()]
    .map((node) => ({ node, verdict: nodeVerdict(node, inventory.tracerOf(node.name)) }))
    .filter(({ verdict }) => verdict.state === "unfit" || verdict.state === "broken");
  const shown = unfit
    .slice(0, 5)
    .map(({ node, verdict }) => `${nativeText(node.name, 80)}: ${nativeText(verdict.why, 120)}`);
  const rest = unfit.length - shown.length;
  return [
    inventory.nodes.size === 1
      ? t("The manifests are in the editor behind this. Of 1 node, {0} can't log now.", unfit.length)
      : t(
          "The manifests are in the editor behind this. Of {0} nodes, {1} can't log now.",
          inventory.nodes.size,
          unfit.length,
        ),
    ...shown,
    ...(rest > 0 ? [t("and {0} more", rest)] : []),
  ].join("\n");
}
