import type { WorkspacesMessage, WorkspaceState } from "../../protocol/stream.ts";
import { ConnectionError } from "./connectionError.ts";
import type { WorkspacesChange } from "./eventSource.ts";
import { countText } from "../text/numbers.ts";

/** More than a node can have: what tells more would only fill the memory. */
const MAX_WORKSPACES = 100_000;

/**
 * Brings `known` up to date with what a service tells, and gives what really changed. Throws a `ConnectionError` when
 * there are too many.
 */
export function applyWorkspaces(
  known: Map<string, WorkspaceState>,
  message: Pick<WorkspacesMessage, "all" | "changed" | "removed">,
): WorkspacesChange {
  const removed = new Set<string>();
  for (const id of message.removed) {
    if (known.delete(id)) removed.add(id);
  }
  if (message.all) {
    const told = new Set(message.changed.map(({ id }) => id));
    for (const id of [...known.keys()]) {
      if (told.has(id)) continue;
      known.delete(id);
      removed.add(id);
    }
  }
  for (const workspace of message.changed) {
    known.set(workspace.id, workspace);
    removed.delete(workspace.id);
  }
  if (known.size > MAX_WORKSPACES) {
    known.clear();
    throw new ConnectionError(
      (t) => t("the tracer service tells more than {0} workspaces", countText(MAX_WORKSPACES)),
      true,
    );
  }
  return { all: message.all, changed: message.changed, removed: [...removed] };
}
