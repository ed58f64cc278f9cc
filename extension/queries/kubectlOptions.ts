import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { passesFilter } from "../filter/passesFilter.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { KubectlOptions } from "./kubectlCommand.ts";
import type { WorkspaceLabelKeys } from "./labelKeys.ts";

/** What the clusters among the sources say of the workspaces that the filter lets through. */
export function kubectlOptions(
  sources: readonly Pick<EventSource, "workspaces">[],
  filter: ViewFilter,
): KubectlOptions {
  const keys = new Map<string, WorkspaceLabelKeys>();
  const namespaces = new Set<string>();
  let pods = 0;
  let byTracers = false;
  for (const { workspaces } of sources) {
    for (const { labels, place, namespace } of workspaces.values()) {
      if (!passesFilter(labels, filter)) continue;
      pods++;
      if (place?.loggedBy === "tracer") byTracers = true;
      if (place?.loggedBy !== "sidecar" || place.labelKeys === undefined) continue;
      keys.set(`${place.labelKeys.username},${place.labelKeys.workspaceName}`, place.labelKeys);
      if (namespace !== undefined) namespaces.add(namespace);
    }
  }
  return {
    pods,
    byTracers,
    bySidecars: keys.size > 0 || !byTracers,
    namespaces: [...namespaces].sort(),
    labelKeys: keys.size === 0 ? undefined : [...keys.values()],
  };
}
