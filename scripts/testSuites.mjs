/*
 * The folders of test/ that hold tests: an npm script `test:<name>` each, and a project of vitest.config.ts where
 * VITEST_SUITES names them. All but `unit`, `fuzz` and `webview` share this machine's kernel.
 */

/** One after the other, with nothing beside them: they fill rings and budgets, or measure what is lost. */
export const ALONE = /** @type {const} */ (["kernel", "service", "containers"]);

/** One after the other, beside those of the cluster. */
export const BESIDE_CLUSTER = /** @type {const} */ (["unit", "fuzz", "webview", "editor", "browser"]);

/** All that `npm test` runs. */
export const TEST_SUITES = /** @type {const} */ ([...ALONE, "cluster", ...BESIDE_CLUSTER]);

/** Not part of `npm test`: it takes hours, and runs only in machines that `npm run test:machines` emulates. */
export const SUITES_APART = /** @type {const} */ (["machines"]);

/** The suites that vitest runs. The one of the editor runs inside an extension host, by Mocha. */
export const VITEST_SUITES = [...TEST_SUITES.filter((name) => name !== "editor"), ...SUITES_APART];

/**
 * The folder of a suite's tests.
 * @param {(typeof TEST_SUITES)[number] | (typeof SUITES_APART)[number]} suite
 * @returns {string}
 */
export function suiteFolder(suite) {
  return suite === "cluster" ? "test/kubernetes" : `test/${suite}`;
}
