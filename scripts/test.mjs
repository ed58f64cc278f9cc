// `npm test`: every check and every test, after whatever set-up is still missing. The last line is the total.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareAlone, ROOT } from "./prepare.mjs";
import { say } from "./say.mjs";
import { TEST_SUITES } from "./testSuites.mjs";
import { suiteTotals, totalLine } from "./testTotals.mjs";

/** npm scripts, each of which counts as one. */
const CHECKS = ["typecheck", "lint", "format:check", "knip", "build:strict"];

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {boolean}
 */
function runScript(script, args = []) {
  process.stdout.write(`\n== ${script} ==\n`);
  return (
    spawnSync("npm", ["run", "--silent", script, "--", ...args], { cwd: ROOT, stdio: "inherit" }).status === 0
  );
}

/** @param {string} script */
function runCheck(script) {
  const succeeded = runScript(script);
  process.stdout.write(`${script}: ${succeeded ? "passed" : "failed"}\n`);
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
}

/**
 * @param {string} suite
 * @param {string} folder Where the report goes.
 */
function runSuite(suite, folder) {
  const file = join(folder, `${suite}.json`);
  const args = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const succeeded = runScript(`test:${suite}`, args);
  const report = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const totals = suiteTotals({ report, succeeded, inCi: process.env.CI === "true" });
  if (totals.problem !== undefined) process.stdout.write(`test:${suite}: failed: ${totals.problem}\n`);
  else if (totals.skipped > 0) process.stdout.write(`test:${suite}: SKIPPED ${totals.skipped} tests\n`);
  return totals;
}

function runAll() {
  const reports = mkdtempSync(join(tmpdir(), "process-logging-tests-"));
  try {
    const totals = [...CHECKS.map(runCheck), ...TEST_SUITES.map((suite) => runSuite(suite, reports))];
    process.stdout.write(`\n${totalLine(totals)}\n`);
    process.exitCode = totals.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

try {
  await prepareAlone("test");
  runAll();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
