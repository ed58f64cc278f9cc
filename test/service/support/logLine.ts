/** One line of the log, as a query sees it: the contract's keys are typed, all else is looked at by name. */
export interface LogLine {
  readonly ts: string;
  readonly level: string;
  readonly msg: "exec" | "exit" | "lost" | "checkpoint";
  readonly caller: string;
  readonly func: string;
  readonly fields: {
    readonly labels: Readonly<Record<string, string>>;
    readonly attribution: string;
    readonly cmdline: string;
    readonly event: Readonly<Record<string, unknown>> & {
      readonly argv: readonly string[];
      readonly pid: number;
      readonly seq: number;
      readonly count: number;
      readonly truncated: boolean;
    };
  };
}

/** A line of the log that tells of a viewing. */
export interface AccessLine {
  readonly msg: "access";
  readonly ts: string;
  readonly fields: {
    readonly node: string;
    readonly access: Readonly<Record<string, unknown>> & { readonly phase: string };
  };
}

/** The viewings that a log tells of, in order. */
export function accessLines(text: string): AccessLine[] {
  const lines = text.split("\n").slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as AccessLine | LogLine)
    .filter((line) => line.msg === "access");
}

/** The whole lines of a log, without its checkpoints; throws on a line that is not JSON. What follows the last newline is not looked at. */
export function parseLog(text: string): LogLine[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine).filter(({ msg }) => msg !== "checkpoint");
}

/** The lines that tell of an exec with this argument. */
export function withArgument(lines: readonly LogLine[], argument: string): LogLine[] {
  return lines.filter((line) => line.msg === "exec" && line.fields.event.argv.includes(argument));
}

/** The numbers of the events that the log tells of, in its order. */
export function numbersOf(lines: readonly LogLine[]): number[] {
  return lines.filter(({ fields }) => "event" in fields).map(({ fields }) => fields.event.seq);
}

/** How many execs the log says were lost. */
export function lostExecs(lines: readonly LogLine[]): number {
  const lost = lines.filter((line) => line.msg === "lost" && line.fields.event["kind"] === "exec");
  return lost.reduce((sum, line) => sum + line.fields.event.count, 0);
}

/** Nanoseconds since 1970 of a `ts`, which must be UTC with nine decimals. */
export function parseTimestamp(ts: string): bigint {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$/.exec(ts);
  if (match?.[1] === undefined) throw new Error(`${ts} is not UTC with nanoseconds`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1_000_000n + BigInt(match[2] ?? "");
}
