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
