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

/**
 * Notices of cgroups, two for each that is made, that a workspace with such a budget of execs may cause: what makes
 * cgroups to run something in them runs many programs for each.
 */
export function cgroupBudget({ perSecond, burst }: ExecBudget): ExecBudget {
  return { perSecond: Math.max(1, perSecond / 20), burst: Math.max(2, Math.round(burst / 10)) };
}

/** What a workspace can have at once of a ring of so many bytes; each exec of its budget brings it a KiB of that back. */
export function ringPart(ringBytes: number): number {
  return ringBytes / 2;
}

/** What a workspace beyond its budget still has for programs that are new to it, and for what hides. */
export const RESERVE: ExecBudget = { perSecond: 20, burst: 1_000 };

/** Bytes that each exec of the reserve allows for: a quarter of the ring for all of them. */
export function reservedBytes(ringBytes: number): number {
  return Math.max(1, Math.floor(ringBytes / 4 / RESERVE.burst));
}
