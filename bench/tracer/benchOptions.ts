import { parseArgs } from "node:util";

/** The groups of figures that can be asked for, and those that `npm run bench` adds to the tracer's own. */
export const TRACER_GROUPS = ["steady", "latency", "curve", "loss", "wall"] as const;
export const FIGURE_GROUPS = [
  ...TRACER_GROUPS,
  "build",
  "bursts",
  "stream",
  "sustained",
  "fidelity",
] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

/** What the benchmark was asked for. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly all: boolean;
  readonly long: boolean;
  readonly peers: boolean;
  readonly groups: readonly FigureGroup[];
  /** How often each figure is measured; undefined: as often as the plan says. */
  readonly runs: number | undefined;
  /** Folder of the built service; undefined: build it, and measure that. */
  readonly dist: string | undefined;
}

const USAGE = `usage: npm run bench -- [--quick] [--long] [--only GROUP,…] [--no-peers] [--runs N] [--dist FOLDER]
  --quick      fewer execs and runs: less than three minutes
  --all        all groups, as npm run bench does; npm run bench:tracer leaves out ${FIGURE_GROUPS.slice(TRACER_GROUPS.length).join(", ")}
  --long       our service's memory over a million execs, instead of all else
  --only       of these groups of figures only: ${FIGURE_GROUPS.join(", ")}
  --no-peers   our service only
  --runs       how often each figure is measured
  --dist       another build of our service`;

/** Reads the command line; throws a line that says what is wrong, and the usage below it. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  try {
    return parse(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, { cause: error });
  }
}

function parse(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      "no-peers": { type: "boolean", default: false },
      only: { type: "string" },
      runs: { type: "string" },
      dist: { type: "string" },
    },
  });
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1)) {
    throw new Error(`--runs: expected a whole number from 1 on, found ${JSON.stringify(values.runs)}`);
  }
  const groups = values.only?.split(",").map((name) => {
    const group = FIGURE_GROUPS.find((known) => known === name);
    if (group === undefined) {
      throw new Error(
        `--only: there is no group ${JSON.stringify(name)}: give some of ${FIGURE_GROUPS.join(",")}`,
      );
    }
    return group;
  });
  return {
    quick: values.quick,
    all: values.all,
    long: values.long,
    peers: !values["no-peers"],
    groups: groups ?? (values.all ? FIGURE_GROUPS : TRACER_GROUPS),
    runs,
    dist: values.dist,
  };
}
