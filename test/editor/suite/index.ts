import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SuiteReport, TestResult } from "../support/suiteReport.ts";

/** Runs every test file beside this one inside the extension host, and writes the report; throws when a test failed. */
export async function run(): Promise<void> {
  // Loaded as what it is, an ES module, which CommonJS can only import in this way.
  const { default: Mocha } = await import("mocha");
  const mocha = new Mocha({ ui: "bdd", timeout: 20_000 });
  for (const file of globSync("*.test.cjs", { cwd: __dirname }).sort()) mocha.addFile(join(__dirname, file));
  const tests: TestResult[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on("pass", (test) => {
      tests.push({ name: test.fullTitle(), state: "passed" });
    });
    runner.on("pending", (test) => {
      tests.push({ name: test.fullTitle(), state: "skipped" });
    });
    runner.on("fail", (test, error: Error) => {
      tests.push({ name: test.fullTitle(), state: "failed", problem: error.stack ?? error.message });
    });
  });
  const report: SuiteReport = { tests };
  const file = process.env["EDITOR_TEST_REPORT"];
  if (file === undefined) throw new Error("EDITOR_TEST_REPORT does not say where the report goes");
  writeFileSync(file, JSON.stringify(report));
  const failed = tests.filter(({ state }) => state === "failed").length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
