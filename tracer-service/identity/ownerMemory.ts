import type { Attribution, Labels } from "../../protocol/events.ts";
import { Workspace, type WorkspacePod } from "./workspace.ts";

/** Where texts about the owners outlive the service, beside the programs that know their numbers. */
export interface OwnerTexts {
  /** All that were ever kept, the latest text of each owner. */
  all(): [owner: number, text: string][];
  /** False: the text is too long to be kept. */
  keep(owner: number, text: string): boolean;
}

/** How a service leaves to the next one whose the numbers are. */
export interface OwnerMemory<T> {
  readonly texts: OwnerTexts;
  /** By what a workspace is known again. */
  nameOf(workspace: T): string;
  describe(workspace: T): string;
  /** Undefined where the text is none of this version's. */
  restore(text: string, owner: number): T | undefined;
}

/** For workspaces that are known by their labels and cgroups. */
export function workspaceOwners(texts: OwnerTexts): OwnerMemory<Workspace> {
  return { texts, nameOf: describeWorkspace, describe: describeWorkspace, restore: workspaceOf };
}

function describeWorkspace({ labels, attribution, root, pod }: Workspace): string {
  const sorted = Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ labels: sorted, attribution, root, pod });
}

function workspaceOf(description: string): Workspace | undefined {
  try {
    const { labels, attribution, root, pod } = JSON.parse(description) as {
      readonly labels: Labels;
      readonly attribution: Attribution;
      readonly root?: string;
      readonly pod?: WorkspacePod;
    };
    const valid =
      typeof labels === "object" &&
      Object.values(labels).every((value) => typeof value === "string") &&
      typeof attribution === "string";
    return valid ? new Workspace(labels, attribution, root, pod) : undefined;
  } catch {
    return undefined;
  }
}
