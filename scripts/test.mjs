// `npm test`: every check and every test, after whatever set-up is still missing. The last line is the total.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareAlone } from "./prepare.mjs";
import { say } from "./say.mjs";
import { HeldLane, TestLane } from "./testLane.mjs";
import { BESIDE_CLUSTER, IN_TURN } from "./testSuites.mjs";
import { suiteTotals, totalLine } from "./testTotals.mjs";

/** @typedef {Omit<import("./testTotals.mjs").Totals, "problem">} Counts */

/** npm scripts, each of which counts as one; the first makes what the tests run. */
const BUILD = "build:strict";
const CHECKS = ["typecheck", "lint", "format:check", "knip"];

/**
 * @param {TestLane} lane
 * @param {string} script
 * @returns {Promise<Counts>}
 */
async function runCheck(lane, script) {
  const succeeded = await lane.run(script);
  lane.write(`${script}: ${succeeded ? "passed" : "failed"}\n`);
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
}

/**
 * @param {TestLane} lane
 * @param {string} suite
 * @param {string} folder Where the report goes.
 * @returns {Promise<Counts>}
 */
async function runSuite(lane, suite, folder) {
  const file = join(folder, `${suite}.json`);
  const args = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const succeeded = await lane.run(`test:${suite}`, args);
  const report = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const totals = suiteTotals({ report, succeeded, inCi: process.env.CI === "true" });
  if (totals.problem !== undefined) lane.write(`test:${suite}: failed: ${totals.problem}\n`);
  else if (totals.skipped > 0) lane.write(`test:${suite}: SKIPPED ${totals.skipped} tests\n`);
  return totals;
}

/**
 * @param {string} reports Folder for them.
 * @returns {Promise<Counts[]>}
 */
async function runAll(reports) {
  const shown = new TestLane();
  const totals = [await runCheck(shown, BUILD)];
  for (const suite of IN_TURN) {
    const held = new HeldLane();
    const besides = suite === "cluster" ? runBeside(held, reports) : [];
    totals.push(await runSuite(shown, suite, reports));
    held.release();
    totals.push(...(await besides));
  }
  return totals;
}

/**
 * @param {HeldLane} lane
 * @param {string} reports
 */
async function runBeside(lane, reports) {
  const counts = [];
  for (const check of CHECKS) counts.push(await runCheck(lane, check));
  for (const suite of BESIDE_CLUSTER) counts.push(await runSuite(lane, suite, reports));
  return counts;
}

try {
  await prepareAlone("test");
  const reports = mkdtempSync(join(tmpdir(), "process-logging-tests-"));
  try {
    const totals = await runAll(reports);
    process.stdout.write(`\n${totalLine(totals)}\n`);
    process.exitCode = totals.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
