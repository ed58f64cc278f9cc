/**
 * The folders of test/ that hold tests, in the order in which they run: an npm script `test:<name>` each, and a project
 * of vitest.config.ts where VITEST_SUITES names them. All but `unit`, `fuzz` and `webview` share this machine's kernel.
 */
export const TEST_SUITES = /** @type {const} */ ([
  "unit",
  "fuzz",
  "kernel",
  "service",
  "containers",
  "cluster",
  "webview",
  "editor",
  "browser",
]);

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
