// Runs the kernel's tests on other kernels and processors than this machine's, each in an emulated machine, and writes what
// came of it to docs/kernels.md:
//
//     npm run test:machines [-- NAME…] [--file TEXT…]
//
// With names only those machines, whose rows it renews; with `--file` only the test files whose path holds a TEXT, and the
// report stays as it is. Needs root and Debian's apt.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";

import { prepareAlone } from "../../scripts/prepare.mjs";
import { say } from "../../scripts/say.mjs";
import { cacheDirectory } from "../kubernetes/support/cacheDirectory.ts";
import { keptRows } from "../soak/keptRows.ts";
import { runMachine } from "./emulator.ts";
import { writeGuestImage } from "./guestImage.ts";
import { fetchKernel } from "./kernelPackage.ts";
import { MACHINES, type Machine } from "./machines.ts";
import { formatReport, summarize, type MachineRow } from "./machineReport.ts";

const REPORT = join(import.meta.dirname, "../../docs/kernels.md");
/** They flood a budget or what all share, and a machine that is emulated is too slow for that. */
const FLOODS = ["budget", "cgroupBudget", "loginBudget", "shares"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { file: { type: "string", multiple: true } },
});
const unknown = positionals.filter((name) => MACHINES.every((machine) => machine.name !== name));
if (unknown.length > 0) {
  say(`no machine ${unknown.join(", ")}: there are ${MACHINES.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}
const chosen = MACHINES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const cache = join(cacheDirectory(), "machines");
const folder = mkdtempSync(join(tmpdir(), "process-logging-machines-"));
const files = values.file;

async function run(machine: Machine): Promise<MachineRow> {
  const { processor, cgroups } = machine;
  const image = join(folder, `${processor}.cpio`);
  if (!existsSync(image)) writeGuestImage(processor, image, cache);
  const kernel = fetchKernel(machine, mkdtempSync(join(folder, "kernel-")), cache);
  const tests = files === undefined ? { EXCLUDE: FLOODS.join(",") } : { FILES: files.join(",") };
  const begun = performance.now();
  const result = await runMachine(machine, { kernel, image, variables: { CGROUPS: cgroups, ...tests } }, say);
  const minutes = (performance.now() - begun) / 60_000;
  return summarize(machine, result, minutes, new Date());
}

try {
  await prepareAlone("machines");
  const measured = new Map<string, MachineRow>();
  for (const machine of chosen) {
    say(`== ${machine.name} ==`);
    const row = await run(machine);
    for (const name of row.failures) say(`failed on ${machine.name}: ${name}`);
    if (row.failures.length > 0 || row.passed === 0) process.exitCode = 1;
    measured.set(machine.name, row);
    if (files !== undefined) continue;
    const earlier = existsSync(REPORT) ? keptRows(readFileSync(REPORT, "utf8")) : new Map<string, string>();
    const report = formatReport(MACHINES, measured, earlier);
    writeFileSync(REPORT, await format(report, { parser: "markdown", printWidth: 120 }));
  }
  for (const { passed, failed, skipped, kernel } of measured.values()) {
    say(`${kernel}: ${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
