/** The keys under which pods carry their user and their workspace. */
export interface WorkspaceLabelKeys {
  readonly username: string;
  readonly workspaceName: string;
}

/** Labels that name a workspace's user, in the order in which they count. */
export const USERNAME_KEYS = ["com.coder.username", "com.coder.user.username"] as const;
/** Labels that name a workspace. */
export const WORKSPACE_KEYS = ["com.coder.workspace.name"] as const;

/** What pods of workspaces with process logging carry, where no pod was seen. */
export const USUAL_LABEL_KEYS: WorkspaceLabelKeys = {
  username: "com.coder.username",
  workspaceName: "com.coder.workspace.name",
};

/** The pairs of keys that the given pods really use, the usual one when none of them has both. */
export function labelKeysOfPods(
  pods: Iterable<Readonly<Record<string, string>>>,
): readonly WorkspaceLabelKeys[] {
  const found = new Map<string, WorkspaceLabelKeys>();
  for (const labels of pods) {
    const username = USERNAME_KEYS.find((key) => Object.hasOwn(labels, key));
    const workspaceName = WORKSPACE_KEYS.find((key) => Object.hasOwn(labels, key));
    if (username === undefined || workspaceName === undefined) continue;
    found.set(`${username},${workspaceName}`, { username, workspaceName });
  }
  return found.size === 0 ? [USUAL_LABEL_KEYS] : [...found.values()];
}
