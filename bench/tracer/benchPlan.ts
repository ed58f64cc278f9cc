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
  rests: [0, 2, 5, 10, 20, 50],
  curveSeconds: 5,
};

/** A look in less than three minutes. */
export const QUICK_PLAN: BenchPlan = {
  ...FULL_PLAN,
  runs: 2,
  count: 3000,
  slowCount: 200,
  silences: 3,
  rests: [0, 10, 50],
  curveSeconds: 1,
};
