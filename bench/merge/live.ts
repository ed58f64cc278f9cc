// `node bench/merge/live.ts`: how much later an exec is seen because other nodes are read, too. Real tracers, each with a
// scope of its own on this machine; root, after `npm run build`.
import { formatTable } from "../tracer/formatTable.ts";
import { describeMachine } from "../tracer/machine.ts";
import { percentile } from "../tracer/spread.ts";
import { mergeLiveNodes } from "./liveNodes.ts";

const SECONDS = 10;
/** Execs a second of each node. */
const NODES = [[20], [20, 20], [20, 2], [100, 100], [20, 20, 20, 20]] as const;

const interrupted = new AbortController();
process.once("SIGINT", () => {
  interrupted.abort();
});

const rows: string[][] = [];
for (const rates of NODES) {
  const { delays, holds, disordered, disorderedByMs } = await mergeLiveNodes(
    rates,
    SECONDS,
    interrupted.signal,
  );
  const parts = (values: readonly number[]): string =>
    [0.5, 0.95, 0.99].map((part) => percentile(values, part).toFixed(0)).join(" / ");
  rows.push([
    rates.join(", "),
    parts(delays),
    parts(holds),
    `${String(disordered)} of ${String(delays.length)}, ${disorderedByMs.toFixed(0)} ms`,
  ]);
}
const heads = [
  "nodes, execs/s",
  "spawn → merged, ms p50 / p95 / p99",
  "of that, held",
  "after later ones, at most by",
];
process.stdout.write(`${describeMachine()}\n\n${formatTable(heads, rows)}\n`);
