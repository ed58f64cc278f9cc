import * as vscode from "vscode";
import { quoteForShell } from "../../protocol/shellQuote.ts";
import type { Clock } from "../clock.ts";
import { findApplied } from "../cluster/deploy/applyObjects.ts";
import { READY_LABEL } from "../cluster/inventory/clusterNode.ts";
import { objectText } from "../cluster/api/kubeObject.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Clusters } from "./clusters.ts";
import type { CommandTable } from "./commandTable.ts";
import type { EnableLogging } from "./enableLogging.ts";
import type { Reports } from "./reports.ts";
import { type RemovalStep, removeTracers } from "./removeTracers.ts";
import { runWithProgress } from "./runWithProgress.ts";
import { untilListed } from "./untilListed.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

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
      await untilListed(cluster, options.clock);
      const { objects, unseen } = await findApplied(cluster.api);
      // Which of them carry the label has to be known before its controller is removed.
      const unlisted = cluster.source.nodesState.type === "connected" ? unseen : [...unseen, "Node"];
      if (unlisted.length > 0) {
        throw new ShownError((t) =>
          t("You may not list {0} in {1}: nothing was removed.", unlisted.join(", "), name),
        );
      }
      if (objects.length === 0) {
        void vscode.window.showInformationMessage(
          t("There is nothing in {0} that this extension has applied.", name),
        );
        return;
      }
      const remove = t("Remove");
      const choice = await vscode.window.showWarningMessage(
        objects.length === 1
          ? t("Remove 1 object from {0}? Workspaces go on running, and are logged no more.", name)
          : t(
              "Remove {0} objects from {1}? Workspaces go on running, and are logged no more.",
              objects.length,
              name,
            ),
        { modal: true, detail: objects.map((object) => nativeText(objectText(object))).join("\n") },
        remove,
      );
      if (choice !== remove) return;
      const manifests = await options.enable.manifests();
      const removal = await runWithProgress(t("Disabling process logging in {0}", name), (progress, signal) =>
        removeTracers({
          ...{ cluster, objects, manifests, clock: options.clock, signal },
          report: (step) => {
            progress.report({ message: stepText(step) });
          },
        }),
      );
      if (removal.stopped) throw new ShownError((t) => t("Stopped. Disable… goes on where it was."));
      const { unreached, labelled } = removal;
      if (unreached.length === 0 && labelled.length === 0) {
        void vscode.window.showInformationMessage(
          t("Process logging is disabled: no tracer is left in {0}.", name),
        );
        return;
      }
      await options.reports.show(
        t("Nodes Not Reached"),
        [...notReached(unreached), ...stillLabelled(labelled)].join("\n"),
      );
      void vscode.window.showWarningMessage(
        labelled.length === 0 ? notReachedText(unreached.length) : labelledText(labelled.length),
      );
    },
  };
}

function stepText(step: RemovalStep): string {
  const { t } = vscode.l10n;
  switch (step.type) {
    case "remove":
      return nativeText(objectText(step.object));
    case "tracers":
      return step.nodes === 1
        ? t("1 node still has a tracer")
        : t("{0} nodes still have a tracer", step.nodes);
    case "labels":
      return step.nodes === 1
        ? t("1 node still carries the label of nodes that log")
        : t("{0} nodes still carry the label of nodes that log", step.nodes);
    case "detach":
      return t("detaching the programs");
  }
}

function notReachedText(nodes: number): string {
  const { t } = vscode.l10n;
  return nodes === 1
    ? t("1 node could not be reached: the report names it.")
    : t("{0} nodes could not be reached: the report names them.", nodes);
}

function labelledText(nodes: number): string {
  const { t } = vscode.l10n;
  return nodes === 1
    ? t("1 node still carries the label of nodes that log: the report says what to do.")
    : t("{0} nodes still carry the label of nodes that log: the report says what to do.", nodes);
}

function notReached(nodes: readonly string[]): readonly string[] {
  const { t } = vscode.l10n;
  if (nodes.length === 0) return [];
  return [
    t("On these nodes a tracer or its programs may still be attached:"),
    "",
    ...nodes.map((node) => `  ${nativeText(node)}`),
    "",
    t("They are gone after this command on the node, and when it is started again:"),
    "",
    "    tracer-service uninstall",
    "",
  ];
}

function stillLabelled(nodes: readonly string[]): readonly string[] {
  const { t } = vscode.l10n;
  if (nodes.length === 0) return [];
  return [
    t("These nodes still say that they log, so workspaces that need that start there, and nobody logs them:"),
    "",
    ...nodes.map((node) => `  ${nativeText(node)}`),
    "",
    t(
      "All but the tracers was left, with the controller that takes the label. Run this, and Disable… again:",
    ),
    "",
    `    ${quoteForShell(["kubectl", "label", "nodes", "--all", `${READY_LABEL}-`])}`,
    "",
  ];
}
