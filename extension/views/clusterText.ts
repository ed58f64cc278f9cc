import type { MissingRight } from "../cluster/inventory/rights.ts";
import type { SourceState } from "../../protocol/webviewMessages.ts";
import { workspacesText } from "../text/countTexts.ts";
import { nativeText } from "../text/nativeText.ts";
import { countText } from "../text/numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import type { ItemText } from "./itemText.ts";
import type { SourceFact } from "./sourceText.ts";

/** What is shown of a cluster. */
export interface ShownCluster {
  readonly name: string;
  readonly server: string;
  readonly state: SourceState;
  readonly nodesState: SourceState;
  readonly workspaces: number;
  readonly nodes: number;
  /** Nodes whose tracer is ready. */
  readonly logging: number;
  readonly missingRights: readonly MissingRight[];
  /** In view, and not read because there are too many. */
  readonly unreadNodes: number;
  readonly unreadLogs: number;
  /** Lines of sidecars that were no events. */
  readonly otherLines: number;
}

/** The item of a cluster; `formatTime` makes text of milliseconds since 1970. */
export function clusterText(shown: ShownCluster, t: Translate, formatTime: (ms: number) => string): ItemText {
  const { state, workspaces, nodes, logging } = shown;
  const label = nativeText(shown.name);
  const logged =
    nodes === 1
      ? t("{0} of 1 node logs", countText(logging))
      : t("{0} of {1} nodes log", countText(logging), countText(nodes));
  const description =
    state.type === "disconnected"
      ? t("not ready since {0}: {1}", formatTime(state.sinceMs), nativeText(state.why, 300))
      : state.type === "connected"
        ? [workspacesText(workspaces, t), logged].join(", ")
        : t("connecting");
  const facts = clusterFacts(shown, t).map(({ name, value }) => `${name}: ${value}`);
  return {
    label,
    description,
    tooltip: [label, description, ...facts].join("\n"),
    icon: state.type === "disconnected" ? "debug-disconnect" : state.type === "connected" ? "cloud" : "sync",
    color: state.type === "disconnected" ? "list.errorForeground" : undefined,
    contextValue: state.type === "disconnected" ? "clusterDown" : "cluster",
  };
}

/** What is known of a cluster, a line each; rights that are missing come with the command that grants them. */
export function clusterFacts(shown: ShownCluster, t: Translate): readonly SourceFact[] {
  const { server, nodesState, missingRights, unreadNodes, unreadLogs, otherLines } = shown;
  const facts: SourceFact[] = [
    { key: "server", name: t("API server"), value: nativeText(server), warning: false },
  ];
  if (nodesState.type === "disconnected") {
    facts.push({ key: "nodes", name: t("Nodes"), value: nativeText(nodesState.why, 300), warning: true });
  }
  const warn = (key: string, name: string, count: number, value: string): void => {
    if (count > 0) facts.push({ key, name, value, warning: true });
  };
  const choose = t("{0} more in view than are read: choose users or workspaces", countText(unreadNodes));
  warn("unreadNodes", t("Nodes"), unreadNodes, choose);
  const chooseLogs = t("{0} more in view than are read: choose users or workspaces", countText(unreadLogs));
  warn("unreadLogs", t("Sidecars"), unreadLogs, chooseLogs);
  warn("otherLines", t("Lines that are no events"), otherLines, countText(otherLines));
  missingRights.forEach((right, index) => {
    facts.push({
      key: `right${String(index)}`,
      name: t("Missing right"),
      value: `${rightText(right)} · ${right.command}`,
      warning: true,
    });
  });
  return facts;
}

/** A right as `kubectl auth can-i` would be asked for it. */
export function rightText({ verbs, resource, name, namespace }: MissingRight): string {
  const object = name === undefined ? resource : `${resource} ${name}`;
  return `${verbs.join(", ")} ${object}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}
