import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import { findApplied } from "../cluster/applyObjects.ts";
import { objectText } from "../cluster/kubeObject.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Clusters } from "./clusters.ts";
import type { CommandTable } from "./commandTable.ts";
import { abortOf, type EnableLogging } from "./enableLogging.ts";
import type { Reports } from "./reports.ts";
import { type RemovalStep, removeTracers } from "./removeTracers.ts";

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
          removeTracers({
            ...{ cluster, objects, manifests, clock: options.clock, signal: abortOf(cancelled) },
            report: (step) => {
              progress.report({ message: stepText(step) });
            },
          }),
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

function stepText(step: RemovalStep): string {
  const { t } = vscode.l10n;
  switch (step.type) {
    case "remove":
      return nativeText(objectText(step.object));
    case "wait":
      return t("{0} nodes still have a tracer", step.nodes);
    case "detach":
      return t("detaching the programs");
  }
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
