import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { ApiError } from "../cluster/api/apiError.ts";
import { apiPath } from "../cluster/api/apiServer.ts";
import { TRACER_NAMESPACE } from "../cluster/inventory/clusterPod.ts";
import { nodePod } from "../cluster/deploy/deployment.ts";
import type { Json } from "../cluster/api/json.ts";
import { nodeVerdict } from "../cluster/inventory/nodeVerdict.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { runNodePod } from "../cluster/deploy/runNodePod.ts";
import { Turns } from "../cluster/api/turns.ts";
import { nativeText } from "../text/nativeText.ts";
import type { EnableLogging } from "./enableLogging.ts";
import type { Reports } from "./reports.ts";
import { runWithProgress } from "./runWithProgress.ts";
import { whyText } from "../../protocol/text/shownError.ts";

/** Pods that run at a time. */
const MAX_AT_ONCE = 5;

/** What checking nodes by pods needs of the rest of the extension. */
export interface CheckPodsOptions {
  readonly enable: EnableLogging;
  readonly reports: Reports;
  readonly clock: Clock;
}

/** Runs the tracer's own check on nodes of which nothing speaks from outside, after the user has seen the pods. */
export class CheckPods {
  readonly #options: CheckPodsOptions;

  constructor(options: CheckPodsOptions) {
    this.#options = options;
  }

  /** Offers it, where there is such a node. */
  async offer(cluster: OpenCluster): Promise<void> {
    const { t } = vscode.l10n;
    const { inventory, name } = cluster.source;
    const unknown = [...inventory.nodes.values()]
      .filter((node) => nodeVerdict(node, inventory.tracerOf(node.name)).state === "unknown")
      .map((node) => node.name)
      .sort();
    if (unknown.length === 0) return;
    const check = t("Check There…");
    const message =
      unknown.length === 1
        ? t("Of 1 node of {0} it is unknown whether it could log.", nativeText(name))
        : t("Of {0} nodes of {1} it is unknown whether they could log.", unknown.length, nativeText(name));
    if ((await vscode.window.showInformationMessage(message, check)) !== check) return;
    const nodes = await chooseNodes(unknown);
    if (nodes.length === 0) return;
    const image = await this.#options.enable.askForImage();
    if (image === undefined) return;
    const manifests = await this.#options.enable.manifests();
    const namespace = await namespaceFor(cluster);
    const pods = nodes.map((node) => ({
      node,
      pod: nodePod(manifests, { image, node, namespace, command: "check" }),
    }));
    await this.#preview(pods);
    const run = t("Run");
    const choice = await vscode.window.showWarningMessage(
      pods.length === 1
        ? t("Run 1 pod in {0}? It checks its node, changes nothing, and is removed.", nativeText(name))
        : t(
            "Run {0} pods in {1}? Each checks its node, changes nothing, and is removed.",
            pods.length,
            nativeText(name),
          ),
      {
        modal: true,
        detail: t("The manifests are in the editor behind this. They see the node's processes."),
      },
      run,
    );
    if (choice !== run) return;
    const lines = await runWithProgress(t("Checking nodes"), (_, signal) => this.#run(cluster, pods, signal));
    await this.#options.reports.show(t("Checked Nodes"), lines.join("\n"));
  }

  async #preview(pods: readonly { readonly pod: Json }[]): Promise<void> {
    const { dumpYaml } = await import("../cluster/kubeconfig/kubernetesLibrary.ts");
    const text = pods.map(({ pod }) => dumpYaml(pod)).join("\n---\n");
    await this.#options.reports.show(vscode.l10n.t("Check Pods"), text, "yaml");
  }

  #run(
    { api }: OpenCluster,
    pods: readonly { readonly node: string; readonly pod: Json }[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { clock } = this.#options;
    const turns = new Turns(MAX_AT_ONCE);
    return Promise.all(
      pods.map(async ({ node, pod }) => {
        const said = await turns
          .run(() => runNodePod(pod, { api, clock, signal }))
          .then((run) => run.said)
          .catch((error: unknown) => whyText(error));
        const lines = said.trimEnd().split("\n");
        return [nativeText(node), ...lines.map((line) => `  ${nativeText(line, 300)}`), ""].join("\n");
      }),
    );
  }
}

async function chooseNodes(names: readonly string[]): Promise<readonly string[]> {
  const items = names.map((name) => ({ label: nativeText(name), picked: names.length <= MAX_AT_ONCE, name }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Nodes to Check"),
    canPickMany: true,
  });
  return (chosen ?? []).map(({ name }) => name);
}

/** Where the tracers are, since pods that see the node are allowed there; before that, where pods go by default. */
async function namespaceFor({ api }: OpenCluster): Promise<string> {
  try {
    await api.call({ path: apiPath("api", "v1", "namespaces", TRACER_NAMESPACE) });
    return TRACER_NAMESPACE;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return "default";
    throw error;
  }
}
