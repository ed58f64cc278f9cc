import type { Labels } from "../../protocol/events.ts";
import type { StreamFilter } from "../../protocol/stream.ts";

/** Whether a workspace with these labels is one that the filter lets through. */
export function passesFilter(labels: Labels, { usernames, workspaces }: StreamFilter): boolean {
  const { username, workspace_name: workspaceName } = labels;
  if (usernames.length > 0 && !usernames.includes(username ?? "")) return false;
  return (
    workspaces.length === 0 ||
    workspaces.some(
      (each) =>
        each.workspaceName === workspaceName && (each.username === undefined || each.username === username),
    )
  );
}
