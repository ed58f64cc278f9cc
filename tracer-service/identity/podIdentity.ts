import type { Labels } from "../../protocol/events.ts";
import type { LabelKeys } from "./labelKeys.ts";
import type { LabelSelector } from "./labelSelector.ts";
import { labelProblem } from "./labelTemplates.ts";
import type { Metadata } from "./podFacts.ts";
import { quoteText } from "./quoteText.ts";

/** Which pods are workspaces, and where their labels come from. */
export interface PodRules {
  readonly keys: LabelKeys;
  /** Replaces the rule that a pod with a workspace's label is one. */
  readonly selector: LabelSelector | undefined;
  /** Namespaces whose every pod is logged. */
  readonly captureNamespaces: ReadonlySet<string>;
}

/** What metadata says: labels are undefined for what is no workspace. */
export interface PodIdentity {
  readonly labels: Labels | undefined;
  /** Why values were not taken, a line each. */
  readonly problems: readonly string[];
}

/** Those of our labels that make a pod a workspace. */
const WORKSPACE_LABELS = ["workspace_id", "workspace_name"];

/** The keys of labels and annotations that these rules look at. */
export function wantedKeys({ keys, selector }: PodRules): ReadonlySet<string> {
  return new Set([...[...keys.values()].flat(), ...(selector?.keys ?? [])]);
}

/** Whether the owners of a pod could add to what it says of itself, or to what the selector asks for. */
export function lacksLabels({ keys, selector }: PodRules, pod: Metadata): boolean {
  const lacksSelected = [...(selector?.keys ?? [])].some((key) => !pod.labels.has(key));
  return lacksSelected || [...keys.values()].some((each) => valueOf([pod], each) === undefined);
}

/** Who a pod is, by what it and then its owners say. A value that is no label is left out, never changed. */
export function identifyPod(
  rules: PodRules,
  pod: Metadata & { readonly namespace: string },
  owners: readonly Metadata[],
): PodIdentity {
  const sources = [pod, ...owners];
  const labels: [string, string][] = [];
  const problems: string[] = [];
  for (const [name, keys] of rules.keys) {
    const value = valueOf(sources, keys);
    if (value === undefined) continue;
    const problem = labelProblem(value);
    if (problem === undefined) labels.push([name, value]);
    else problems.push(`${name} would be ${quoteText(value)}, which ${problem}`);
  }
  const isWorkspace =
    rules.captureNamespaces.has(pod.namespace) ||
    (rules.selector === undefined
      ? WORKSPACE_LABELS.some((name) => valueOf(sources, rules.keys.get(name) ?? []) !== undefined)
      : rules.selector.matches((key) => sources.find((each) => each.labels.has(key))?.labels.get(key)));
  return { labels: isWorkspace ? Object.fromEntries(labels) : undefined, problems };
}

/** The nearest source decides, in it the first key; an empty value is none. */
function valueOf(sources: readonly Metadata[], keys: readonly string[]): string | undefined {
  for (const { labels, annotations } of sources) {
    for (const key of keys) {
      const value = labels.get(key) ?? annotations.get(key);
      if (value !== undefined && value !== "") return value;
    }
  }
  return undefined;
}
