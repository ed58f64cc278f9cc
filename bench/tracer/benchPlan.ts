/** How much is measured. */
export interface BenchPlan {
  /** How often each figure is measured. */
  readonly runs: number;
  /** Execs of one run, and how many a second. */
  readonly count: number;
  readonly rate: number;
  readonly spawners: number;
  /** Execs of one run at 100/s. */
  readonly slowCount: number;
  /** Single execs after a second of silence in one run. */
  readonly silences: number;
  /** Execs while the tool is stopped for 3 s. */
  readonly lossCount: number;
  /** Execs of bursts that come as fast as they go. */
  readonly bursts: readonly number[];
  /** For how long the tool is paused, while `rate` execs a second are made. */
  readonly pausesSeconds: readonly number[];
  /** C files of the project that is built. */
  readonly buildFiles: number;
  /** Execs as fast as they go; and where some are lost, lower rates to try and for how long each. */
  readonly sustainedCount: number;
  readonly lowerRates: readonly number[];
  readonly sustainedSeconds: number;
  /** Values of --rest to measure, and how long each, s. */
  readonly rests: readonly number[];
  readonly curveSeconds: number;
}

/** The figures as the goals are stated. */
export const FULL_PLAN: BenchPlan = {
  runs: 5,
  count: 20_000,
  rate: 1500,
  spawners: 4,
  slowCount: 1000,
  silences: 10,
  lossCount: 5000,
  bursts: [1000, 10_000, 50_000],
  pausesSeconds: [1, 3, 10],
  buildFiles: 150,
  sustainedCount: 30_000,
  lowerRates: [2000, 1500, 1000, 500],
  sustainedSeconds: 5,
  rests: [0, 2, 5, 10, 20, 50],
  curveSeconds: 5,
};

/** A look in less than three minutes at what is measured by default. */
export const QUICK_PLAN: BenchPlan = {
  ...FULL_PLAN,
  runs: 2,
  count: 3000,
  slowCount: 200,
  silences: 3,
  bursts: [1000, 5000],
  pausesSeconds: [1],
  buildFiles: 40,
  sustainedCount: 5000,
  lowerRates: [1000],
  sustainedSeconds: 1,
  rests: [0, 10, 50],
  curveSeconds: 1,
};

/** The same for all groups. */
export const QUICK_PLAN_OF_ALL: BenchPlan = {
  ...QUICK_PLAN,
  runs: 1,
  count: 2000,
  slowCount: 100,
  silences: 1,
};
