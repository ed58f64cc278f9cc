import type { GuestResult } from "./emulator.ts";
import type { Machine } from "./machines.ts";

/** What the tests on one machine came to. */
export interface MachineRow {
  /** As `uname` says it, with its machine type. */
  readonly kernel: string;
  readonly cgroups: Machine["cgroups"];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of failed tests. */
  readonly failures: readonly string[];
  readonly minutes: number;
  /** As `2026-02-28`. */
  readonly date: string;
}

/** The part of vitest's report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Counts a machine's tests; a file that failed as a whole is a failure of its own. */
export function summarize(machine: Machine, result: GuestResult, minutes: number, now: Date): MachineRow {
  const report = JSON.parse(result.report) as Report;
  const failures = report.testResults.flatMap(({ status, name, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed").map((test) => test.fullName);
    return failed.length === 0 && status === "failed" ? [name] : failed;
  });
  return {
    kernel: result.kernel,
    cgroups: machine.cgroups,
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests,
    failures,
    minutes,
    date: now.toISOString().slice(0, 10),
  };
}

const HEAD = ["machine", "kernel", "cgroups", "passed", "failed", "skipped", "minutes", "date"] as const;

/** The report as Markdown: what this run measured, else what the last report says, else that there is none. */
export function formatReport(
  machines: readonly Machine[],
  measured: ReadonlyMap<string, MachineRow>,
  earlier: ReadonlyMap<string, string>,
): string {
  const rows = machines.map(({ name }) => {
    const row = measured.get(name);
    return row === undefined ? (earlier.get(name) ?? noResult(name)) : formatRow(name, row);
  });
  return `# Other kernels and processors

\`npm test\` runs on the kernel of the machine that it is started on. \`npm run test:machines\` runs the tests of
\`test/kernel/\` and \`test/machines/\` on those below: kernels as Debian ships them, in emulated machines of their own. Tests that flood a
budget are left out: an emulated machine is too slow to flood anything. A test is skipped where the kernel or the machine lacks what it is
about (cgroup v1, suspend to RAM, 32-bit system calls). Written by the run itself; \`npm run test:machines -- NAME\` renews one row.

| ${HEAD.join(" | ")} |
| ${HEAD.map((title) => (title === "machine" || title === "kernel" || title === "cgroups" ? "---" : "---:")).join(" | ")} |
${rows.join("\n")}
`;
}

function formatRow(name: string, row: MachineRow): string {
  const { kernel, cgroups, passed, failed, skipped, minutes, date } = row;
  return `| ${[name, kernel, cgroups, passed, failed, skipped, minutes.toFixed(1), date].join(" | ")} |`;
}

function noResult(name: string): string {
  return `| ${name} | no result ${"| ".repeat(HEAD.length - 2)}|`;
}
