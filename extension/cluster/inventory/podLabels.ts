import type { Labels } from "../../../protocol/events.ts";
import { USERNAME_KEYS, WORKSPACE_KEYS, type WorkspaceLabelKeys } from "../../queries/labelKeys.ts";
import { each, type Wanted } from "../api/wantedParts.ts";

/** Keys of pods, the first that says something, and the names that log lines have for it: as a tracer reads them. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  username: USERNAME_KEYS,
  workspace_name: WORKSPACE_KEYS,
  user_id: ["com.coder.user.id"],
  user_email: ["com.coder.user.email"],
  workspace_id: ["com.coder.workspace.id"],
  organization_id: ["com.coder.organization.id", "com.coder.org.id"],
};

/** Those of our names that make a tracer take a pod for a workspace. */
const WORKSPACE_NAMES = ["workspace_id", "workspace_name"] as const;

/** Of labels and annotations, those that say whose a pod is. */
export const LABEL_PARTS: Readonly<Record<string, Wanted>> = each(Object.values(KEYS).flat());

/** What a pod says about whose it is. */
export interface PodLabels {
  /** By the names of log lines; empty when it says nothing. */
  readonly labels: Labels;
  /** Set where the pod has both as labels, so that a selector finds it. */
  readonly keys: WorkspaceLabelKeys | undefined;
}

/** Whether what a pod and its owners say makes it a workspace for tracers that were not told to select others. */
export function namesWorkspace(labels: Labels): boolean {
  return WORKSPACE_NAMES.some((name) => labels[name] !== undefined);
}

/** Reads a pod's labels and annotations. */
export function podLabels(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): PodLabels {
  const found: [string, string][] = [];
  for (const [name, keys] of Object.entries(KEYS)) {
    const value = keys.map((key) => textAt(labels, key) ?? textAt(annotations, key)).find(Boolean);
    if (value !== undefined) found.push([name, value]);
  }
  const username = USERNAME_KEYS.find((key) => Object.hasOwn(labels, key));
  const workspaceName = WORKSPACE_KEYS.find((key) => Object.hasOwn(labels, key));
  return {
    labels: Object.fromEntries(found),
    keys: username === undefined || workspaceName === undefined ? undefined : { username, workspaceName },
  };
}

function textAt(texts: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
