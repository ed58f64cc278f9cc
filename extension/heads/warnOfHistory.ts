import * as vscode from "vscode";
import type { EventSource } from "../source/eventSource.ts";

/** The editor makes links of what looks like one: only what is a plain name is shown. */
const PLAIN_NAME = /^[A-Za-z0-9._-]{1,253}$/;

/** Tells the user of a history that does not go on, in one notification at a time; **Nodes** shows all. */
export function warnOfHistory(): (source: EventSource) => void {
  let open = false;
  return ({ name }) => {
    if (open) return;
    open = true;
    const shown = PLAIN_NAME.test(name) ? name : vscode.l10n.t("a tracer");
    const text = vscode.l10n.t(
      "The history of {0} does not go on from where it was seen before. Run tracer-service verify on the node; the view Nodes warns until you accept it.",
      shown,
    );
    const show = vscode.l10n.t("Show Nodes");
    void vscode.window.showWarningMessage(text, show).then((choice) => {
      open = false;
      if (choice !== undefined) void vscode.commands.executeCommand("processLogging.nodes.focus");
    });
  };
}
