/** How one test of the suite ended. */
export interface TestResult {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Why it failed. */
  readonly problem?: string;
}

/** What the suite leaves for its runner. */
export interface SuiteReport {
  readonly tests: readonly TestResult[];
}

/** The counts of vitest's JSON report, so that one place adds up all suites. */
export function vitestCounts({ tests }: SuiteReport): Readonly<Record<string, number>> {
  const count = (state: TestResult["state"]): number => tests.filter((test) => test.state === state).length;
  return {
    numTotalTests: tests.length,
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("skipped"),
    numTodoTests: 0,
  };
}
