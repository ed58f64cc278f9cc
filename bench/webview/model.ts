import { deflateRaw, inflateRaw } from "node:zlib";
import { promisify } from "node:util";
import { Model } from "../../webview/worker/model.ts";
import type { FromWorker } from "../../webview/worker/workerMessages.ts";
import { formatTable } from "../tracer/formatTable.ts";
import { exampleBatch } from "./exampleEvents.ts";

// Loads a million events into the model of the process stream, and measures what the issue asks for.
// node --expose-gc bench/webview/model.ts [events]

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 1_000;
const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);
const figures: string[][] = [];
let latest: Extract<FromWorker, { readonly type: "rows" }> | undefined;
let consumed: (() => void) | undefined;

const model = new Model({
  post: (message) => {
    if (message.type === "rows") latest = message;
    if (message.type === "consumed") consumed?.();
    if (message.type === "problem") throw new Error(message.message);
  },
  clockMs: () => performance.now(),
  nowMs: () => Date.now(),
  soon: (task) => setImmediate(task),
  later: (delayMs, task) => {
    setTimeout(task, delayMs).unref();
  },
  packer: {
    pack: async (text) => new Uint8Array(await pack(text)),
    unpack: async (bytes) => (await unpack(bytes)).toString(),
  },
  limits: { text: 150_000_000, packedBytes: 200_000_000 },
});

function row(name: string, value: string, goal: string): void {
  figures.push([name, value, goal]);
}

function took(task: () => void): number {
  const begun = performance.now();
  task();
  return performance.now() - begun;
}

async function feed(first: number, batch: number): Promise<void> {
  const lines = new TextEncoder().encode(exampleBatch(first, BATCH));
  await new Promise<void>((resolve) => {
    consumed = resolve;
    model.receive({ type: "events", source: "node-a", batch, lines });
  });
}

model.receive({ type: "options", foldRepeats: true, eventsKept: 2_000_000 });
model.receive({ type: "visible", visible: true });
model.receive({ type: "window", window: { first: 0, count: 60, anchor: undefined } });
globalThis.gc?.();
const before = process.memoryUsage();
let reading = 0;
for (let at = 0; at < EVENTS; at += BATCH) {
  const begun = performance.now();
  await feed(at, at / BATCH);
  reading += performance.now() - begun;
}
row("load", `${String(Math.round(EVENTS / (reading / 1_000)))} events/s`, "20000");
await new Promise((resolve) => setTimeout(resolve, 1_000));
globalThis.gc?.();
const after = process.memoryUsage();
const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
row("memory", `${String(Math.round(used / 2 ** 20))} MiB`, "350");
row("of that, packed lines", `${String(Math.round(model.size.packedBytes / 2 ** 20))} MiB`, "");
row("rows in the tree", String(model.size.rows), "");

for (const expression of [
  "socket77",
  "-cc",
  "/sock.*77\\.c/",
  "user:user1",
  "exit:!0",
  "nothing-has-this",
  "is:running",
  "",
]) {
  const filter = { usernames: [], workspaces: [], expression };
  const ms = took(() => {
    model.receive({ type: "filter", filter, range: undefined, subtree: undefined, hidden: [] });
  });
  row(`filter "${expression}"`, `${ms.toFixed(0)} ms, ${String(latest?.counts.shown)} shown`, "300 ms");
}
const windows: number[] = [];
for (let at = 0; at < 200; at++) {
  const first = Math.floor(((latest?.visibleRows ?? 0) * at) / 200);
  windows.push(
    took(() => {
      model.receive({ type: "window", window: { first, count: 60, anchor: undefined } });
    }),
  );
}
row("window, slowest of 200", `${Math.max(...windows).toFixed(1)} ms`, "5 ms");
model.receive({ type: "options", foldRepeats: false, eventsKept: 2_000_000 });
row("visible rows, unfolded", String(latest?.visibleRows), "");
row(
  "lay out, unfolded",
  `${took(() => {
    model.receive({ type: "options", foldRepeats: false, eventsKept: 2_000_000 });
  }).toFixed(0)} ms`,
  "",
);
// From here on, each event pushes an old one out.
model.receive({ type: "options", foldRepeats: true, eventsKept: model.size.rows });
const begun = performance.now();
for (let at = 0; at < 100_000; at += BATCH) await feed(EVENTS + at, at);
row(
  "load while full",
  `${String(Math.round(100_000 / ((performance.now() - begun) / 1_000)))} events/s`,
  "20000",
);
console.log(formatTable(["what", "measured", "goal"], figures));
