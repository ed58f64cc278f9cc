import type { Labels } from "../../protocol/events.ts";
import { USERNAME_KEYS, WORKSPACE_KEYS, type WorkspaceLabelKeys } from "../queries/labelKeys.ts";
import { each, type Wanted } from "./wantedParts.ts";

/** Keys of pods, the first that is there, and the names that log lines have for what they say. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  username: USERNAME_KEYS,
  workspace_name: WORKSPACE_KEYS,
  user_id: ["com.coder.user.id"],
  user_email: ["com.coder.user.email"],
  workspace_id: ["com.coder.workspace.id"],
  organization_id: ["com.coder.organization.id"],
};

/** Of labels and annotations, those that say whose a pod is. */
export const LABEL_PARTS: Readonly<Record<string, Wanted>> = each(Object.values(KEYS).flat());

/** What a pod says about whose it is. */
export interface PodLabels {
  /** By the names of log lines; empty when it says nothing. */
  readonly labels: Labels;
  /** Set where the pod has both as labels, so that a selector finds it. */
  readonly keys: WorkspaceLabelKeys | undefined;
}

/** Reads a pod's labels and, for what they lack, its annotations. */
export function podLabels(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): PodLabels {
  const found: [string, string][] = [];
  for (const [name, keys] of Object.entries(KEYS)) {
    const value = firstOf(labels, keys) ?? firstOf(annotations, keys);
    if (value !== undefined) found.push([name, value]);
  }
  const username = USERNAME_KEYS.find((key) => Object.hasOwn(labels, key));
  const workspaceName = WORKSPACE_KEYS.find((key) => Object.hasOwn(labels, key));
  return {
    labels: Object.fromEntries(found),
    keys: username === undefined || workspaceName === undefined ? undefined : { username, workspaceName },
  };
}

function firstOf(texts: Readonly<Record<string, string>>, keys: readonly string[]): string | undefined {
  const key = keys.find((each) => Object.hasOwn(texts, each) && texts[each] !== "");
  return key === undefined ? undefined : texts[key];
}
