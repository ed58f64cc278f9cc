import type { ClusterNode } from "../cluster/inventory/clusterNode.ts";
import { isKernelTooOld } from "../cluster/inventory/clusterNode.ts";
import type { ClusterPod } from "../cluster/inventory/clusterPod.ts";
import { nativeText } from "../text/nativeText.ts";
import { countText } from "../text/numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import type { ItemText } from "./itemText.ts";
import { type ShownSource, type SourceFact, sourceFacts, sourceText } from "./sourceText.ts";

/** What is known of a node of a cluster. */
export interface ShownNode {
  readonly name: string;
  /** Undefined: the user may not see nodes, or it is gone. */
  readonly node: ClusterNode | undefined;
  readonly tracer: ClusterPod | undefined;
  /** The image that most tracers of the cluster run. */
  readonly commonImage: string | undefined;
  /** Workspace pods on it. */
  readonly workspaces: number;
  /** The connection to its tracer; undefined: it is not read. */
  readonly source: ShownSource | undefined;
}

/** The item of a node; `formatTime` makes text of milliseconds since 1970. */
export function clusterNodeText(
  shown: ShownNode,
  t: Translate,
  formatTime: (ms: number) => string,
): ItemText {
  const label = nativeText(shown.name);
  const { text, icon, color } = stateOf(shown, t, formatTime);
  const facts = clusterNodeFacts(shown, t, formatTime).map(({ name, value }) => `${name}: ${value}`);
  return {
    label,
    description: text,
    tooltip: [label, text, ...facts].join("\n"),
    icon,
    color,
    contextValue:
      shown.source?.state.type === "disconnected"
        ? "nodeDown"
        : shown.source?.historyDiffers === true || shown.source?.historyUntold === true
          ? "nodeDiffers"
          : "node",
  };
}

/** What is known of a node, a line each. */
export function clusterNodeFacts(
  shown: ShownNode,
  t: Translate,
  formatTime: (ms: number) => string,
): readonly SourceFact[] {
  const { node, tracer, commonImage, source, workspaces } = shown;
  const facts: SourceFact[] = [];
  const add = (key: string, name: string, value: string, warning = false): void => {
    facts.push({ key, name, value, warning });
  };
  add("workspaces", t("Workspaces"), countText(workspaces));
  if (node !== undefined) {
    const tooOld = isKernelTooOld(node.kernel) === true;
    const kernel = nativeText(node.kernel, 100);
    add("kernel", t("Kernel"), tooOld ? t("{0}, older than 5.8", kernel) : kernel, tooOld);
    add("system", t("System"), nativeText(`${node.image}, ${node.architecture}, ${node.runtime}`));
  }
  add("btf", t("BTF"), tracer?.logging?.ready === true ? t("yes, the tracer uses it") : t("unknown"));
  if (tracer !== undefined) {
    const image = nativeText(tracer.logging?.image ?? "");
    const differs = commonImage !== undefined && tracer.logging?.image !== commonImage;
    add("pod", t("Tracer"), nativeText(`${tracer.namespace}/${tracer.name}`));
    add(
      "image",
      t("Image"),
      differs ? t("{0}, others run {1}", image, nativeText(commonImage)) : image,
      differs,
    );
    const restarts = tracer.logging?.restarts ?? 0;
    if (restarts > 0) add("restarts", t("Restarts"), countText(restarts), true);
    const message = tracer.logging?.message;
    if (message !== undefined) add("message", t("Last message"), nativeText(message, 300), true);
  }
  if (node?.labelled === true) add("label", t("Label"), t("workspaces that must be logged may start here"));
  if (source === undefined) return facts;
  const known = new Set(facts.map(({ key }) => key));
  return [...facts, ...sourceFacts(source, t, formatTime).filter(({ key }) => !known.has(key))];
}

function stateOf(
  { node, tracer, source }: ShownNode,
  t: Translate,
  formatTime: (ms: number) => string,
): { readonly text: string } & Pick<ItemText, "icon" | "color"> {
  const warning = { icon: "warning", color: "list.warningForeground" } as const;
  if (node !== undefined && !node.ready) {
    return { text: t("node is not ready: {0}", nativeText(node.why ?? "", 200)), ...warning };
  }
  if (tracer === undefined) {
    if (node !== undefined && isKernelTooOld(node.kernel) === true) {
      return { text: t("no tracer: kernel {0} is too old", nativeText(node.kernel, 60)), ...warning };
    }
    return { text: t("no tracer"), icon: "circle-slash", color: "disabledForeground" };
  }
  if (tracer.logging?.ready !== true) {
    const why = tracer.logging?.message ?? tracer.why ?? t("it has not started yet");
    return { text: t("tracer is not ready: {0}", nativeText(why, 300)), ...warning };
  }
  if (source === undefined) {
    return { text: t("tracer is ready, not read"), icon: "pass", color: "testing.iconPassed" };
  }
  const { description, icon, color } = sourceText(source, t, formatTime);
  return { text: description, icon, color };
}
