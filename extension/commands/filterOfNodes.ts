import type { WorkspaceName } from "../../protocol/stream.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import type { UserNode, WorkspaceNode } from "../views/workspaceTree.ts";
import { nameKey } from "./nameChoices.ts";

/**
 * The filter for the chosen users and workspaces; undefined when none of them has a name. A filter wants its users and
 * its workspaces at once: users chosen along with workspaces are expressed by their workspaces, from `workspacesOf`.
 */
export function filterOfNodes(
  nodes: readonly (UserNode | WorkspaceNode)[],
  workspacesOf: (userId: string) => readonly WorkspaceNode[],
): ViewFilter | undefined {
  const users = nodes.filter((node) => node.type === "user" && node.username !== undefined) as UserNode[];
  const workspaces = nodes.filter((node) => node.type === "workspace");
  const names = namesOf(workspaces);
  if (names.length === 0) {
    const usernames = users.map(({ username }) => username).filter((name) => name !== undefined);
    return usernames.length === 0 ? undefined : { usernames, workspaces: [], expression: "" };
  }
  const all = namesOf([...workspaces, ...users.flatMap(({ id }) => workspacesOf(id))]);
  return { usernames: [], workspaces: all, expression: "" };
}

function namesOf(nodes: readonly WorkspaceNode[]): readonly WorkspaceName[] {
  const names = new Map<string, WorkspaceName>();
  for (const { state } of nodes) {
    const { username, workspace_name: workspaceName } = state.labels;
    if (workspaceName === undefined || workspaceName === "") continue;
    const name = { username: username === "" ? undefined : username, workspaceName };
    names.set(nameKey(name), name);
  }
  return [...names.values()];
}
