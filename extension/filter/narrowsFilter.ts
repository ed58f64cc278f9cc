import type { StreamFilter, WorkspaceName } from "../../protocol/stream.ts";

/** Whether everything that passes `after` passes `before` too. Says no where that would be hard to tell. */
export function narrowsFilter(before: StreamFilter, after: StreamFilter): boolean {
  const usernames = new Set(before.usernames);
  return (
    (usernames.size === 0 ||
      (after.usernames.length > 0 && after.usernames.every((name) => usernames.has(name)))) &&
    (before.workspaces.length === 0 ||
      (after.workspaces.length > 0 && after.workspaces.every((name) => isIn(name, before.workspaces))))
  );
}

function isIn(name: WorkspaceName, names: readonly WorkspaceName[]): boolean {
  return names.some(
    ({ username, workspaceName }) =>
      workspaceName === name.workspaceName && (username === undefined || username === name.username),
  );
}

/** Whether both let the same through: each narrows the other. */
export function isSameFilter(a: StreamFilter, b: StreamFilter): boolean {
  return narrowsFilter(a, b) && narrowsFilter(b, a);
}
