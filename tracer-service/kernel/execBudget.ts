/** How many execs a workspace can make before some are withheld: a second for ever, and at most at once. */
export interface ExecBudget {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * Of a node with so many processors: more than builds make that keep all of them busy, but at the least not more than the
 * service was seen to tell without loss on two; and half of what the ring holds.
 */
export function defaultBudget(processors: number): ExecBudget {
  return { perSecond: Math.max(4_000, 250 * processors), burst: 20_000 };
}

/** What a workspace beyond its budget still has for programs that are new to it, and for what hides. */
export const RESERVE: ExecBudget = { perSecond: 20, burst: 1_000 };
