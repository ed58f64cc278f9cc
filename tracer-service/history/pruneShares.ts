/** What a workspace takes of the history. */
export interface Share {
  readonly workspace: number;
  /** Who is asked first to make room: a user can have many workspaces. */
  readonly user: string;
  readonly bytes: number;
}

/** Least that is taken from one workspace at a time, so that equals make room in turns and not by the byte. */
const LEAST_TAKE = 65_536;

/**
 * How much each workspace has to give so that `need` bytes are free: always the largest workspace of the user who takes
 * the most. So nobody loses anything as long as another takes more: of n users each is sure of an n-th.
 */
export function pruneShares(shares: readonly Share[], need: number): ReadonlyMap<number, number> {
  const users = new Map<string, { total: number; readonly own: Map<number, number> }>();
  for (const { workspace, user, bytes } of shares) {
    const known = users.get(user) ?? { total: 0, own: new Map<number, number>() };
    users.set(user, known);
    known.total += bytes;
    known.own.set(workspace, bytes);
  }
  const taken = new Map<number, number>();
  const queue = [...users.values()];
  while (need > 0) {
    queue.sort((a, b) => b.total - a.total);
    const [top, next] = queue;
    if (top === undefined || top.total <= 0) break;
    let [largest, bytes] = [0, 0];
    for (const [workspace, own] of top.own) if (own > bytes) [largest, bytes] = [workspace, own];
    const ahead = Math.max(top.total - (next?.total ?? 0), LEAST_TAKE);
    const take = Math.min(bytes, need, ahead);
    if (take <= 0) break;
    taken.set(largest, (taken.get(largest) ?? 0) + take);
    top.own.set(largest, bytes - take);
    top.total -= take;
    need -= take;
  }
  return taken;
}
