/*
 * The folders of test/ that hold tests: an npm script `test:<name>` each, and a project of vitest.config.ts where
 * VITEST_SUITES names them. All but `unit`, `fuzz` and `webview` share this machine's kernel.
 */

/** One after the other: they share the machine's kernel, or have the processors busy themselves. */
export const IN_TURN = /** @type {const} */ ([
  "kernel",
  "service",
  "containers",
  "cluster",
  "editor",
  "browser",
]);

/** One after the other, beside those of the cluster, which wait most of their time. */
export const BESIDE_CLUSTER = /** @type {const} */ (["unit", "fuzz", "webview"]);

/** All that `npm test` runs. */
export const TEST_SUITES = /** @type {const} */ ([...IN_TURN, ...BESIDE_CLUSTER]);

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
