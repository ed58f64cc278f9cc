/** A lease by which one of several copies leads, as the API server has it. */
export interface LeaderLease {
  readonly holder: string | undefined;
  readonly renewTime: string | undefined;
  readonly durationMs: number;
  readonly resourceVersion: string;
}

/** Who was last seen to lead, and since when the lease is as it is, by this machine's clock, ms. */
export interface LeaderState {
  readonly seen: LeaderLease | undefined;
  readonly seenMs: number;
  /** Until when this copy may act as the leader; undefined: it does not lead. */
  readonly leadsUntilMs: number | undefined;
}

/** What a copy is to do about the lease. */
export type LeaderStep = "create" | "take" | "renew" | "wait";

/** How long a lease holds. */
export const LEASE_MS = 15_000;
/** The leader stops to act before others may begin. */
const MARGIN_MS = 5_000;

/** Nobody has looked yet. */
export const UNKNOWN: LeaderState = { seen: undefined, seenMs: 0, leadsUntilMs: undefined };

/** What was seen just now; a lease that is the same as before counts from when it was first seen. */
export function see(state: LeaderState, lease: LeaderLease | undefined, nowMs: number): LeaderState {
  const same =
    lease !== undefined &&
    state.seen !== undefined &&
    lease.holder === state.seen.holder &&
    lease.renewTime === state.seen.renewTime;
  return { ...state, seen: lease, seenMs: same ? state.seenMs : nowMs };
}

/** Nobody's lease is taken, and that of somebody who has not renewed it for all its time. */
export function nextStep({ seen, seenMs }: LeaderState, me: string, nowMs: number): LeaderStep {
  if (seen === undefined) return "create";
  if (seen.holder === me) return "renew";
  const free = seen.holder === undefined || nowMs - seenMs >= seen.durationMs;
  return free ? "take" : "wait";
}

/** The API server has written this copy's name, asked for at `askedMs`. */
export function held(state: LeaderState, askedMs: number): LeaderState {
  return { ...state, leadsUntilMs: askedMs + LEASE_MS - MARGIN_MS };
}

/** Whether this copy may act. */
export function leads({ leadsUntilMs }: LeaderState, nowMs: number): boolean {
  return leadsUntilMs !== undefined && nowMs < leadsUntilMs;
}
