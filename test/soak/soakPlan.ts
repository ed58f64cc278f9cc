/** How much of each fault a run goes through. */
export interface SoakPlan {
  /** Inputs over all parsers. */
  readonly fuzzInputs: number;
  /** Times that the service is killed. */
  readonly killRounds: number;
  /** Moments at which the power fails. */
  readonly powerLosses: number;
  /** How long nobody reads stdout, ms. */
  readonly stallMs: number;
  /** Wrong requests and frames. */
  readonly hostileRequests: number;
  /** Cgroups that live for one program. */
  readonly shortCgroups: number;
  /** Programs of the load under which memory has to stay flat. */
  readonly dayOfExecs: number;
}

const short: SoakPlan = {
  fuzzInputs: 100_000,
  killRounds: 10,
  powerLosses: 20,
  stallMs: 2_000,
  hostileRequests: 400,
  shortCgroups: 1_000,
  dayOfExecs: 10_000,
};

const full: SoakPlan = {
  fuzzInputs: 10_000_000,
  killRounds: 200,
  powerLosses: 500,
  stallMs: 30_000,
  hostileRequests: 20_000,
  shortCgroups: 50_000,
  // Five programs a second, which is a busy day of a workspace, for 24 hours.
  dayOfExecs: 432_000,
};

const isFull = process.env["SOAK"] === "full";

/** `npm test` runs each fault in a short form, `npm run test:soak` in full. */
export const soakPlan: SoakPlan = isFull ? full : short;

/** The time-out of a test, ms: `shortMs`, or two hours in full. */
export function soakTimeout(shortMs: number): number {
  return isFull ? 7_200_000 : shortMs;
}
