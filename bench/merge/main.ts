// `node bench/merge/main.ts`: what the merge of several nodes' streams costs the editor an event, and how long it holds them.
import { EventMerge, HOLD_MS } from "../../extension/stream/eventMerge.ts";
import { LogLineFormatter } from "../../tracer-service/output/logLine.ts";
import { anExec } from "../stream/events.ts";
import { formatTable } from "../tracer/formatTable.ts";
import { spreadOf } from "../tracer/spread.ts";

const EVENTS = 100_000;
const ROUNDS = 5;

interface Batch {
  readonly source: string;
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly arrivedMs: number;
}

const formatter = new LogLineFormatter({ node: "node-a", bootId: "boot", maxLineBytes: undefined });

/** Events a millisecond apart, dealt to the nodes in turn: each batch comes with its last event. */
function batchesOf(nodes: number, batchEvents: number): Batch[] {
  const texts = Array.from({ length: nodes }, () => [] as string[]);
  const batches: Batch[] = [];
  for (let number = 0; number < EVENTS; number++) {
    const event = anExec(number);
    const node = number % nodes;
    const lines = texts[node] ?? [];
    lines.push(formatter.format(event));
    if (lines.length < batchEvents) continue;
    batches.push({
      source: `node-${String(node)}`,
      lines: new TextEncoder().encode(lines.splice(0).join("")),
      arrivedMs: Number(event.timeNs / 1_000_000n),
    });
  }
  return batches;
}

interface Outcome {
  readonly usPerEvent: number;
  readonly heldMs: number;
  readonly outBatches: number;
}

function run(batches: readonly Batch[]): Outcome {
  const merge = new EventMerge();
  for (const { source } of batches) {
    merge.join(source, 0);
    merge.setLive(source, true, 0);
  }
  let outBatches = 0;
  let heldMs = 0;
  let nowMs = 0;
  const take = (atMs: number): void => {
    nowMs = Math.max(nowMs, atMs);
    outBatches += merge.take(nowMs).length;
  };
  const before = process.cpuUsage();
  for (const { source, lines, arrivedMs } of batches) {
    for (let dueMs = merge.dueMs; dueMs !== undefined && dueMs <= arrivedMs; dueMs = merge.dueMs) take(dueMs);
    merge.add(source, { type: "events", lines }, arrivedMs);
    take(arrivedMs);
    const { dueMs } = merge;
    if (dueMs !== undefined) heldMs = Math.max(heldMs, arrivedMs - (dueMs - HOLD_MS));
  }
  const { user, system } = process.cpuUsage(before);
  return { usPerEvent: (user + system) / EVENTS, heldMs, outBatches };
}

const rows: string[][] = [];
for (const [nodes, batchEvents] of [
  [1, 1],
  [1, 500],
  [5, 1],
  [5, 20],
  [20, 1],
  [20, 500],
] as const) {
  const batches = batchesOf(nodes, batchEvents);
  const outcomes = Array.from({ length: ROUNDS }, () => run(batches));
  const { median, min, max } = spreadOf(outcomes.map(({ usPerEvent }) => usPerEvent));
  rows.push([
    String(nodes),
    String(batchEvents),
    `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`,
    (outcomes[0]?.heldMs ?? 0).toFixed(0),
    `${String(batches.length)} → ${String(outcomes[0]?.outBatches ?? 0)}`,
  ]);
}
const heads = ["nodes", "events a batch", "CPU µs an event", "held at most, ms", "batches in → out"];
process.stdout.write(
  `${String(EVENTS)} execs a millisecond apart, median (least–most) of ${String(ROUNDS)}\n\n${formatTable(heads, rows)}\n`,
);
