import type { ShownActivity, ShownWorkspace } from "../source/shownWorkspace.ts";
import { eventsText, processesText, programsText, workspacesText } from "../text/countTexts.ts";
import { nativeText } from "../text/nativeText.ts";
import { countText, rateText } from "../text/numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import type { ItemText } from "./itemText.ts";
import { timestampText } from "./timestampText.ts";
import type { UserNode } from "./workspaceTree.ts";

/** As many labels as a tooltip has room for. */
const MAX_LABELS = 32;

const ICONS: Record<ShownActivity, Pick<ItemText, "icon" | "color">> = {
  logging: { icon: "circle-filled", color: "testing.iconPassed" },
  idle: { icon: "circle-outline", color: "disabledForeground" },
  not_logged: { icon: "warning", color: "list.warningForeground" },
  pending: { icon: "watch", color: "disabledForeground" },
  stopped: { icon: "debug-stop", color: "disabledForeground" },
};

/** The item of a user. */
export function userText(user: UserNode, t: Translate): ItemText {
  const label = user.username === undefined ? t("Unknown user") : nativeText(user.username);
  const description = workspacesText(user.workspaces, t);
  return {
    label,
    description,
    tooltip: `${label}\n${description}, ${activityText(user.activity, t)}`,
    ...ICONS[user.activity],
    iconText: activityText(user.activity, t),
    contextValue: user.username === undefined ? "unknown" : "user",
  };
}

/** Where a workspace is known from. */
export interface WorkspaceSource {
  readonly name: string;
  /** There is no other one. */
  readonly isOnly: boolean;
}

/** The item of a workspace; `formatTime` makes text of milliseconds since 1970. */
export function workspaceText(
  state: ShownWorkspace,
  source: WorkspaceSource,
  t: Translate,
  formatTime: (ms: number) => string,
): ItemText {
  const node = state.place?.node ?? (source.isOnly ? undefined : source.name);
  const name = state.labels.workspace_name ?? "";
  const label = name === "" ? t("Unknown workspace") : nativeText(name);
  const rate = rateText(state.rate);
  const warning = state.warning === undefined ? "" : nativeText(state.warning, 200);
  const parts = [
    warning,
    stateText(state, t),
    rate === "" ? "" : t("{0}/s", rate),
    state.lost > 0 ? t("{0} lost", countText(state.lost)) : "",
    node === undefined ? "" : nativeText(node, 60),
    state.lastCommand === undefined ? "" : nativeText(state.lastCommand, 80),
  ];
  return {
    label,
    description: parts.filter((part) => part !== "").join(" · "),
    tooltip: tooltip(label, state, source, t, formatTime),
    ...ICONS[warning === "" ? state.activity : "not_logged"],
    iconText:
      state.activity === "logging" || state.activity === "idle" ? activityText(state.activity, t) : "",
    contextValue: name === "" ? "unknown" : "workspace",
  };
}

/** Empty where the icon says it all. */
function stateText({ activity, why, place }: ShownWorkspace, t: Translate): string {
  switch (activity) {
    case "not_logged":
      return t("not logged: {0}", nativeText(why ?? t("no reason is known"), 120));
    case "pending":
      return why === undefined ? t("pending") : t("pending: {0}", nativeText(why, 120));
    case "stopped":
      return t("stopped");
    case "logging":
    case "idle":
      return place?.loggedBy === "sidecar" ? t("sidecar") : "";
  }
}

function placeLines({ place, namespace, pod }: ShownWorkspace, t: Translate): readonly string[] {
  const lines: string[] = [];
  if (place?.loggedBy === "tracer") lines.push(t("Logged by the node's tracer"));
  if (place?.loggedBy === "sidecar") lines.push(t("Logged by its sidecar"));
  if (pod !== undefined) lines.push(t("Pod: {0}", nativeText(`${namespace ?? "?"}/${pod}`)));
  return lines;
}

function tooltip(
  label: string,
  state: ShownWorkspace,
  source: WorkspaceSource,
  t: Translate,
  formatTime: (ms: number) => string,
): string {
  const isLogged = state.activity === "logging" || state.activity === "idle";
  const since = timestampText(state.since, formatTime);
  const labels = Object.entries(state.labels);
  const node = state.place?.node;
  const lines = [
    label,
    state.why === undefined
      ? activityText(state.activity, t)
      : `${activityText(state.activity, t)}: ${nativeText(state.why, 300)}`,
    t(
      "{0} alive, {1} run, {2} lost",
      processesText(state.alive, t),
      programsText(state.execs, t),
      eventsText(state.lost, t),
    ),
    isLogged ? t("Logged since {0}", since) : t("There since {0}", since),
    ...(state.lastExec === undefined
      ? []
      : [t("Last program: {0}", timestampText(state.lastExec, formatTime))]),
    ...(state.lastCommand === undefined ? [] : [t("Last command: {0}", nativeText(state.lastCommand, 300))]),
    t("From: {0}", nativeText(source.name)),
    ...(node === undefined ? [] : [t("Node: {0}", nativeText(node))]),
    ...(state.cgroup === undefined ? [] : [t("Cgroup: {0}", nativeText(state.cgroup, 300))]),
    ...(state.warning === undefined ? [] : [t("Warning: {0}", nativeText(state.warning, 300))]),
    ...placeLines(state, t),
    t("Known by: {0}", nativeText(state.attribution)),
    ...labels.slice(0, MAX_LABELS).map(([key, value]) => `${nativeText(key, 80)}: ${nativeText(value)}`),
  ];
  const more = labels.length - MAX_LABELS;
  if (more === 1) lines.push(t("and 1 more label"));
  else if (more > 1) lines.push(t("and {0} more labels", countText(more)));
  return lines.join("\n");
}

function activityText(activity: ShownActivity, t: Translate): string {
  switch (activity) {
    case "logging":
      return t("logging");
    case "idle":
      return t("idle: no program in the last minute");
    case "not_logged":
      return t("not logged");
    case "pending":
      return t("pending");
    case "stopped":
      return t("stopped");
  }
}
