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
  const users = new Map<string, { total: number; readonly own: OwnShares }>();
  for (const share of [...shares].sort((a, b) => b.bytes - a.bytes)) {
    const known = users.get(share.user) ?? { total: 0, own: new OwnShares() };
    users.set(share.user, known);
    known.total += share.bytes;
    known.own.push(share);
  }
  const taken = new Map<number, number>();
  const queue = [...users.values()];
  while (need > 0) {
    queue.sort((a, b) => b.total - a.total);
    const [top, next] = queue;
    const largest = top?.own.largest;
    if (top === undefined || largest === undefined || top.total <= 0) break;
    const ahead = Math.max(top.total - (next?.total ?? 0), LEAST_TAKE);
    const take = Math.min(largest.bytes, need, ahead);
    if (take <= 0) break;
    taken.set(largest.workspace, (taken.get(largest.workspace) ?? 0) + take);
    top.own.take(take);
    top.total -= take;
    need -= take;
  }
  return taken;
}

/** The workspaces of one user, the largest first: there may be many thousand, of which each takes next to nothing. */
class OwnShares {
  readonly #sorted: Pick<Share, "workspace" | "bytes">[] = [];
  /** Those before it have given all that they had. */
  #first = 0;

  /** To be called with the largest first. */
  push(share: Share): void {
    this.#sorted.push(share);
  }

  get largest(): Pick<Share, "workspace" | "bytes"> | undefined {
    return this.#sorted[this.#first];
  }

  /** Takes so much from the largest. */
  take(bytes: number): void {
    const largest = this.largest;
    if (largest === undefined) return;
    const rest = { workspace: largest.workspace, bytes: largest.bytes - bytes };
    let at = ++this.#first;
    if (rest.bytes <= 0) return;
    // A part is at least `LEAST_TAKE` but for the last, so these are few.
    while ((this.#sorted[at]?.bytes ?? 0) > rest.bytes) at++;
    this.#sorted.splice(at, 0, rest);
  }
}
