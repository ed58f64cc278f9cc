import type { WorkspaceName } from "../../protocol/stream.ts";
import type { EventSource } from "../source/eventSource.ts";

/** A name to choose, with what stands behind it. `T` is a username or a workspace's name. */
export interface NameChoice<T> {
  readonly value: T;
  /** Workspaces of that name. */
  readonly workspaces: number;
  /** Programs that ran in them, as far as their sources know. */
  readonly execs: number;
}

type Sources = readonly Pick<EventSource, "workspaces">[];

/** All usernames that the sources know, and those already chosen, by name. */
export function usernameChoices(sources: Sources, chosen: readonly string[]): readonly NameChoice<string>[] {
  const counts = new Counts<string>((name) => name);
  for (const name of chosen) counts.add(name, 0, 0);
  for (const { workspaces } of sources) {
    for (const { labels, execs } of workspaces.values()) {
      if (labels.username !== undefined && labels.username !== "") counts.add(labels.username, 1, execs);
    }
  }
  return counts.sorted();
}

/** All workspaces that the sources know, and those already chosen, by user and name. */
export function workspaceChoices(
  sources: Sources,
  chosen: readonly WorkspaceName[],
): readonly NameChoice<WorkspaceName>[] {
  const counts = new Counts<WorkspaceName>(nameKey);
  for (const name of chosen) counts.add(name, 0, 0);
  for (const { workspaces } of sources) {
    for (const { labels, execs } of workspaces.values()) {
      const workspaceName = labels.workspace_name;
      if (workspaceName === undefined || workspaceName === "") continue;
      const username = labels.username === "" ? undefined : labels.username;
      counts.add({ username, workspaceName }, 1, execs);
    }
  }
  return counts.sorted();
}

/** What was typed as a workspace: `user/workspace`, or a workspace's name of any user; undefined when it is neither. */
export function parseWorkspaceName(text: string): WorkspaceName | undefined {
  const slash = text.indexOf("/");
  const username = slash < 0 ? undefined : text.slice(0, slash).trim();
  const workspaceName = text.slice(slash + 1).trim();
  if (username === "" || workspaceName === "") return undefined;
  return { username, workspaceName };
}

/** The same text for the same workspace, and a sort order by user. */
export function nameKey({ username, workspaceName }: WorkspaceName): string {
  return `${username ?? ""}\0${workspaceName}`;
}

class Counts<T> {
  readonly #key: (value: T) => string;
  readonly #choices = new Map<string, NameChoice<T>>();

  constructor(key: (value: T) => string) {
    this.#key = key;
  }

  add(value: T, workspaces: number, execs: number): void {
    const key = this.#key(value);
    const before = this.#choices.get(key) ?? { value, workspaces: 0, execs: 0 };
    this.#choices.set(key, {
      value: before.value,
      workspaces: before.workspaces + workspaces,
      execs: before.execs + execs,
    });
  }

  sorted(): readonly NameChoice<T>[] {
    return [...this.#choices].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, choice]) => choice);
  }
}
