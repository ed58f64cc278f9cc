// `node bench/history/main.ts [events]`: what keeping an event costs, and how fast it is found, in three schemas.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LogLineFormatter } from "../../tracer-service/output/logLine.ts";
import { anExec, anExit } from "../stream/events.ts";
import { formatTable } from "../tracer/formatTable.ts";
import { spreadOf } from "../tracer/spread.ts";
import { chunkSchema } from "./chunkSchema.ts";
import { rowSchema } from "./rowSchema.ts";
import type { Logged, Schema } from "./schema.ts";

const EVENTS = Number(process.argv[2] ?? 200_000);
/** A commit under load, and one of a quiet node. */
const BATCHES = [2_000, 20];
const ROUNDS = 3;
const RARE = "file15838.c";
const formatter = new LogLineFormatter({ node: "node-a", bootId: "boot", maxLineBytes: undefined });

interface Result {
  readonly writeUs: number;
  readonly bytes: number;
  readonly countAllMs: number;
  readonly countOneMs: number;
  readonly found: number;
}

/** Execs and exits of 20 users by turns. */
function logged(number: number): Logged {
  const event = number % 2 === 0 ? anExec(number) : anExit(number);
  return { event, line: formatter.format(event) };
}

function measure(open: (directory: string) => Schema, events: number, batch: number): Result {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-history-"));
  const schema = open(directory);
  try {
    let cpuUs = 0;
    for (let first = 0; first < events; first += batch) {
      const part = Array.from({ length: batch }, (_, index) => logged(first + index));
      const before = process.cpuUsage();
      schema.append(part);
      const { user, system } = process.cpuUsage(before);
      cpuUs += user + system;
    }
    const bytes = schema.bytes();
    const [countAllMs, found] = timed(() => schema.count(RARE, undefined));
    const [countOneMs] = timed(() => schema.count(RARE, "user4"));
    return { writeUs: cpuUs / events, bytes: bytes / events, countAllMs, countOneMs, found };
  } finally {
    schema.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** CPU time, ms, which other work on the machine lengthens less than the time on the clock. */
function timed(count: () => number): [number, number] {
  const before = process.cpuUsage();
  const found = count();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1000, found];
}

const schemas = [
  (directory: string) => rowSchema(directory, false),
  (directory: string) => rowSchema(directory, true),
  chunkSchema,
];

function main(): void {
  const rows: string[][] = [];
  for (const batch of BATCHES) {
    // Small batches take longer: fewer events say the same.
    const events = batch < 100 ? EVENTS / 10 : EVENTS;
    const results = schemas.map(() => [] as Result[]);
    // By turns, so that what else runs on the machine meets all alike.
    for (let round = 0; round < ROUNDS; round++) {
      schemas.forEach((open, index) => results[index]?.push(measure(open, events, batch)));
    }
    const names = ["rows, LIKE", "rows, FTS5 trigrams", "chunks (ours)"];
    results.forEach((runs, index) => {
      const spread = (value: (run: Result) => number, digits = 1): string => {
        const { median, min, max } = spreadOf(runs.map(value));
        return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
      };
      rows.push([
        `${names[index] ?? ""}, ${String(batch)} a commit`,
        ...[spread(({ writeUs }) => writeUs), spread(({ bytes }) => bytes, 0)],
        ...[spread(({ countAllMs }) => countAllMs, 0), spread(({ countOneMs }) => countOneMs, 0)],
        String(runs[0]?.found),
      ]);
    });
  }
  const head = [
    "schema",
    "write, CPU µs an event",
    "bytes an event",
    "find in all, CPU ms",
    "in one user's",
    "found",
  ];
  process.stdout.write(
    `${String(EVENTS)} events of 20 users, half of them execs (${String(EVENTS / 10)} in the small commits); median (least–most) of ${String(ROUNDS)} rounds by turns\n\n${formatTable(head, rows)}\n`,
  );
}

main();
