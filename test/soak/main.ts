// Goes through every fault in full, which takes hours, and writes what came of it to docs/soak.md:
//
//     npm run test:soak [-- NAME…]
//
// With names only the test files whose path holds one of them. Needs what `npm run test:service` needs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "prettier";

import { describeMachine } from "../../bench/tracer/machine.ts";
import { faultSuites, type FaultSuite } from "./faultSuites.ts";
import type { FaultRecord } from "./recordFault.ts";
import { keptRows } from "./keptRows.ts";
import { formatReport, type SoakRow } from "./soakReport.ts";

const REPORT = "docs/soak.md";
const names = process.argv.slice(2);
const chosen = faultSuites.filter(
  ({ file }) => names.length === 0 || names.some((name) => file.includes(name)),
);

/** Runs one test file in full; what it recorded counts only where it passed. */
function run({ project, file, tests }: FaultSuite, directory: string): readonly SoakRow[] {
  const records = join(directory, "records");
  rmSync(records, { force: true });
  const args = ["vitest", "run", "--project", project, file, ...(tests === undefined ? [] : ["-t", tests])];
  const begun = performance.now();
  const { status } = spawnSync("npx", args, {
    stdio: "inherit",
    env: { ...process.env, SOAK: "full", SOAK_RECORDS: records },
  });
  const minutes = (performance.now() - begun) / 60_000;
  if (status !== 0) process.exitCode = 1;
  if (status !== 0 || !existsSync(records)) return [];
  const date = new Date().toISOString().slice(0, 10);
  const lines = readFileSync(records, "utf8").trimEnd().split("\n");
  return lines.map((line) => ({ ...(JSON.parse(line) as FaultRecord), date, minutes }));
}

const directory = mkdtempSync(join(tmpdir(), "process-logging-soak-"));
try {
  const measured = new Map<string, SoakRow>();
  const faults = faultSuites.flatMap((suite) => suite.faults);
  for (const suite of chosen) {
    for (const row of run(suite, directory)) measured.set(row.fault, row);
    const earlier = existsSync(REPORT) ? keptRows(readFileSync(REPORT, "utf8")) : new Map<string, string>();
    const report = formatReport(faults, measured, earlier, describeMachine());
    writeFileSync(REPORT, await format(report, { parser: "markdown", printWidth: 120 }));
  }
  process.stdout.write(readFileSync(REPORT, "utf8"));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
