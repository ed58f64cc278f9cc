/** Cgroups inside of one workspace into which one search goes. */
const LIMIT = 1024;

/** How far a search goes inside of workspaces, whose users can make any number of cgroups. */
export class VisitLimit {
  readonly #visits = new Map<string, number>();

  /** Whether to look below one more cgroup of a workspace, which its path names. */
  mayGoBelow(workspace: string): boolean {
    const visits = (this.#visits.get(workspace) ?? 0) + 1;
    this.#visits.set(workspace, visits);
    return visits <= LIMIT;
  }
}
