import type { Labels } from "../../protocol/events.ts";
import type { StreamFilter } from "../../protocol/stream.ts";

/** A function that tells whether labels pass the filter; answers are remembered by labels object. */
export function matchFilter(filter: StreamFilter): (labels: Labels) => boolean {
  if (filter.usernames.length === 0 && filter.workspaces.length === 0) return () => true;
  const usernames = new Set(filter.usernames);
  const known = new WeakMap<Labels, boolean>();
  const decide = (labels: Labels): boolean => {
    const { username, workspace_name: workspace } = labels;
    if (usernames.size > 0 && (username === undefined || !usernames.has(username))) return false;
    return (
      filter.workspaces.length === 0 ||
      filter.workspaces.some(
        (each) =>
          each.workspaceName === workspace && (each.username === undefined || each.username === username),
      )
    );
  };
  return (labels) => {
    let matches = known.get(labels);
    if (matches === undefined) known.set(labels, (matches = decide(labels)));
    return matches;
  };
}
