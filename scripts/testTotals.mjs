/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string | undefined} problem Why the suite failed, where no failed test says so.
 */

/** @typedef {"numTotalTests" | "numPassedTests" | "numFailedTests" | "numPendingTests" | "numTodoTests"} Count */

/**
 * Counts a suite from a JSON report with vitest's counts. A suite that ended badly, ran nothing, or in CI skipped anything has
 * failed, whatever its report says.
 * @param {object} suite
 * @param {string | undefined} suite.report The report, undefined when none was written.
 * @param {boolean} suite.succeeded The runner exited with 0.
 * @param {boolean} suite.inCi
 * @returns {Totals}
 */
export function suiteTotals({ report, succeeded, inCi }) {
  const counts = parseReport(report);
  if (counts === undefined) return failure({ passed: 0, failed: 0, skipped: 0 }, "it wrote no report");
  const skipped = counts.numPendingTests + counts.numTodoTests;
  const totals = { passed: counts.numPassedTests, failed: counts.numFailedTests, skipped };
  if (counts.numTotalTests === 0) return failure(totals, "no tests were found");
  if (totals.failed > 0) return { ...totals, problem: undefined };
  if (!succeeded) return failure(totals, "it failed outside of a test");
  if (inCi && skipped > 0) return failure(totals, `${skipped} skipped, and CI=true allows none`);
  return { ...totals, problem: undefined };
}

/**
 * The line that ends a test run.
 * @param {readonly Omit<Totals, "problem">[]} parts
 * @returns {string}
 */
export function totalLine(parts) {
  /** @param {"passed" | "failed" | "skipped"} key */
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}

/**
 * @param {Omit<Totals, "problem">} totals
 * @param {string} problem
 * @returns {Totals}
 */
function failure(totals, problem) {
  return { ...totals, failed: totals.failed + 1, problem };
}

/**
 * @param {string | undefined} text
 * @returns {Record<Count, number> | undefined}
 */
function parseReport(text) {
  if (text === undefined) return undefined;
  try {
    return /** @type {Record<Count, number>} */ (JSON.parse(text));
  } catch {
    return undefined; // cut off: the runner was killed while it wrote
  }
}
