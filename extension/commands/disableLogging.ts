import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { findApplied, removeObject } from "../cluster/applyObjects.ts";
import { detachNodes, tracerImages } from "../cluster/detachNodes.ts";
import { type KubeObject, objectText } from "../cluster/kubeObject.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { nodesWithTracer } from "../cluster/rollout.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Clusters } from "./clusters.ts";
import type { CommandTable } from "./commandTable.ts";
import { abortOf, type EnableLogging } from "./enableLogging.ts";
import type { Reports } from "./reports.ts";
import { waitFor } from "./waitFor.ts";

/** A tracer has half a minute to end, and a kubelet that is slow to say so some more. */
const GONE_TIMEOUT_MS = 120_000;

/** What runs pods: they go first, since a tracer detaches its programs when its pod ends. */
const WORKLOADS: readonly string[] = ["DaemonSet", "Deployment"];

/** What removing needs of the rest of the extension. */
export interface DisableLoggingOptions {
  readonly clusters: Clusters;
  readonly enable: EnableLogging;
  readonly reports: Reports;
  readonly clock: Clock;
}

/** The command that takes the tracers off all nodes, and then exactly what was applied. */
export function disableLogging(options: DisableLoggingOptions): CommandTable {
  return {
    disableLogging: async () => {
      const { t } = vscode.l10n;
      const cluster = await options.clusters.choose();
      if (cluster === undefined) return;
      const name = nativeText(cluster.source.name);
      const { objects, unseen } = await findApplied(cluster.api);
      if (unseen.length > 0) {
        throw new Error(t("You may not list {0} in {1}: nothing was removed.", unseen.join(", "), name));
      }
      if (objects.length === 0) {
        void vscode.window.showInformationMessage(
          t("There is nothing in {0} that this extension has applied.", name),
        );
        return;
      }
      const remove = t("Remove");
      const choice = await vscode.window.showWarningMessage(
        t(
          "Remove {0} objects from {1}? Workspaces go on running, and are logged no more.",
          objects.length,
          name,
        ),
        { modal: true, detail: objects.map((object) => nativeText(objectText(object))).join("\n") },
        remove,
      );
      if (choice !== remove) return;
      const manifests = await options.enable.manifests();
      const left = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t("Disabling process logging in {0}", name),
          cancellable: true,
        },
        (progress, cancelled) =>
          removeAll(cluster, objects, manifests, options.clock, progress, abortOf(cancelled)),
      );
      if (left.length === 0) {
        void vscode.window.showInformationMessage(
          t("Process logging is disabled: no tracer is left in {0}.", name),
        );
        return;
      }
      await options.reports.show(t("Nodes Not Reached"), notReached(left));
      void vscode.window.showWarningMessage(
        t("{0} nodes could not be reached: the report names them.", left.length),
      );
    },
  };
}

/** The nodes on which a tracer may still run. */
async function removeAll(
  { api, source }: OpenCluster,
  objects: readonly KubeObject[],
  manifests: readonly KubeObject[],
  clock: Clock,
  progress: vscode.Progress<{ message: string }>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const images = tracerImages(source.inventory);
  const workloads = objects.filter(({ kind }) => WORKLOADS.includes(kind));
  for (const object of workloads) {
    progress.report({ message: nativeText(objectText(object)) });
    await removeObject(api, object);
  }
  const allGone = (): boolean => {
    const nodes = nodesWithTracer(source.inventory);
    progress.report({ message: vscode.l10n.t("{0} nodes still have a tracer", nodes.length) });
    return nodes.length === 0;
  };
  const ends = { clock, timeoutMs: GONE_TIMEOUT_MS, signal };
  if (workloads.length > 0) await waitFor(allGone, source.onDidChangeInventory, ends);
  let left: readonly string[] = [];
  if (workloads.length > 0) {
    progress.report({ message: vscode.l10n.t("detaching the programs") });
    // Where a tracer still runs, its programs can't be taken from it.
    const stuck = new Set(nodesWithTracer(source.inventory));
    const ended = new Map([...images].filter(([node]) => !stuck.has(node)));
    left = [...stuck, ...(await detachNodes(ended, manifests, { api, clock, signal }))].sort();
  }
  // Also with nodes left: what ends their tracers later is their kubelet, which needs none of these.
  for (const object of objects.filter(({ kind }) => !WORKLOADS.includes(kind)).reverse()) {
    progress.report({ message: nativeText(objectText(object)) });
    await removeObject(api, object);
  }
  return left;
}

function notReached(nodes: readonly string[]): string {
  const { t } = vscode.l10n;
  return [
    t("On these nodes a tracer or its programs may still be attached:"),
    "",
    ...nodes.map((node) => `  ${nativeText(node)}`),
    "",
    t("They are gone after this command on the node, and when it is started again:"),
    "",
    "    tracer-service uninstall",
    "",
  ].join("\n");
}
