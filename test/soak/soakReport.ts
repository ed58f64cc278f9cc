import type { FaultRecord } from "./recordFault.ts";

/** A line of the report, and when and where it was measured. */
export interface SoakRow extends FaultRecord {
  /** A date, as `2026-02-28`. */
  readonly date: string;
  readonly minutes: number;
}

const HEAD = ["fault", "rounds", "executed", "logged", "lost", "memory", "minutes", "date"] as const;

/** The report as Markdown: what this run measured, else what the last report says, else that there is none: it did not run, or failed. */
export function formatReport(
  faults: readonly string[],
  measured: ReadonlyMap<string, SoakRow>,
  earlier: ReadonlyMap<string, string>,
  machine: string,
): string {
  const rows = faults.map((fault) => {
    const row = measured.get(fault);
    return row === undefined ? (earlier.get(fault) ?? noResult(fault)) : formatRow(row);
  });
  return `# The last soak

\`npm run test:soak\` goes through each fault in full; this is what came of it. Every row is a test that has passed with
these figures: what is neither logged nor counted as lost fails it. Memory is the service's own, before and after.
"No result": it did not run, or failed. Written by the run itself; \`npm run test:soak -- NAME\` renews the rows of the test files whose path holds NAME.

Faults that have no number of rounds are tests of \`npm test\` alone: a database that is damaged, of a newer version or
of another program (\`test/service/history.test.ts\`), a stdout that is closed (\`stdout.test.ts\`), no token, a wrong
one (\`api.test.ts\`), an expired one and one for others (\`test/kubernetes/access.test.ts\`). The wall clock is set for the
service alone, by a library that it is started with; so are slow and failing disks and power loss.

Machine of the last run: ${machine}

| ${HEAD.join(" | ")} |
| ${HEAD.map((title) => (title === "fault" || title === "lost" ? "---" : "---:")).join(" | ")} |
${rows.join("\n")}
`;
}

function formatRow({ fault, rounds, executed, logged, lost, memory, minutes, date }: SoakRow): string {
  const cells = [
    fault,
    count(rounds),
    count(executed),
    count(logged),
    lost ?? "nothing",
    memory === undefined ? "" : memory.map(mebibytes).join(" → "),
    minutes.toFixed(1),
    date,
  ];
  return `| ${cells.join(" | ")} |`;
}

function noResult(fault: string): string {
  return `| ${fault} | no result |${" |".repeat(HEAD.length - 2)}`;
}

function count(value: number | undefined): string {
  return value === undefined ? "" : value.toLocaleString("en-US");
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MiB`;
}
