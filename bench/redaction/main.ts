// `node bench/redaction/main.ts`: what the presets cost an exec, for arguments that repeat and for those that don't.
import { redactionPresets } from "../../tracer-service/redaction/redactionPresets.ts";
import { Redactor } from "../../tracer-service/redaction/redactor.ts";
import { anExec } from "../stream/events.ts";
import { formatTable } from "../tracer/formatTable.ts";
import { spreadOf } from "../tracer/spread.ts";

const EVENTS = 50_000;
const ROUNDS = 5;

function measure(argvOf: (number: number) => readonly string[]): string {
  const values = Array.from({ length: ROUNDS }, () => {
    const redactor = new Redactor(redactionPresets());
    const events = Array.from({ length: EVENTS }, (_, number) => ({
      ...anExec(number),
      argv: argvOf(number),
    }));
    const before = process.cpuUsage();
    for (const event of events) redactor.exec(event);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / EVENTS;
  });
  const { median, min, max } = spreadOf(values);
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

const rows = [
  ["a build: 8 arguments, 2 of them new", measure((number) => anExec(number).argv)],
  [
    "a script of 2 kB, new each time",
    measure((number) => ["sh", "-c", `echo ${String(number)}; `.repeat(150)]),
  ],
  [
    "a URL with a password, new each time",
    measure((number) => ["curl", `https://me:pw${String(number)}@host/`]),
  ],
];
process.stdout.write(
  `${String(EVENTS)} execs, median (least–most) of ${String(ROUNDS)}\n\n${formatTable(["arguments", "CPU µs an exec"], rows)}\n`,
);
