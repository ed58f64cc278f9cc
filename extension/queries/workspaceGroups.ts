import type { ViewFilter } from "../../protocol/webviewMessages.ts";

/** Every workspace of these names of any of these users; an empty list stands for all. */
export interface WorkspaceGroup {
  readonly usernames: readonly string[];
  readonly workspaceNames: readonly string[];
}

/**
 * The filter's users and workspaces as the fewest groups that hold exactly them, since a selector can join users with
 * workspaces only by "and". Empty: the filter lets nothing through.
 */
export function workspaceGroups({ usernames, workspaces }: ViewFilter): readonly WorkspaceGroup[] {
  if (workspaces.length === 0) return [{ usernames: sorted(usernames), workspaceNames: [] }];
  const ofAnyone = sorted(
    workspaces.filter(({ username }) => username === undefined).map((each) => each.workspaceName),
  );
  const ofUser = new Map<string, Set<string>>();
  for (const { username, workspaceName } of workspaces) {
    if (username === undefined || ofAnyone.includes(workspaceName)) continue;
    if (usernames.length > 0 && !usernames.includes(username)) continue;
    const names = ofUser.get(username) ?? new Set();
    ofUser.set(username, names.add(workspaceName));
  }

  const groups: WorkspaceGroup[] = [];
  if (ofAnyone.length > 0) groups.push({ usernames: sorted(usernames), workspaceNames: ofAnyone });
  const byNames = new Map<string, { usernames: string[]; workspaceNames: readonly string[] }>();
  for (const [username, names] of ofUser) {
    const workspaceNames = sorted(names);
    const key = JSON.stringify(workspaceNames);
    const group = byNames.get(key) ?? { usernames: [], workspaceNames };
    group.usernames.push(username);
    byNames.set(key, group);
  }
  for (const group of byNames.values()) groups.push({ ...group, usernames: sorted(group.usernames) });
  return groups;
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}
