import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Browser, Frame, Page } from "playwright-core";

import { say } from "../../../scripts/say.mjs";
import type { Figure } from "../../tracer/figure.ts";
import { cpuMs, residentBytes } from "../../tracer/processUsage.ts";
import { type BenchEditor, openBenchEditor, runCommand, until } from "../benchEditor.ts";
import { startBenchTracer } from "../benchTracer.ts";
import { descendants, findExtensionHost } from "../descendants.ts";
import { exampleBatch } from "../exampleEvents.ts";
import { measureHeap, measureNodeHeap } from "../heap.ts";
import { measured } from "../measured.ts";

const BATCH = 1_000;
/** With their ends these are the 100,000 events that a tracer keeps in memory. */
const LIVE_EXECS = 50_000;
const LIVE_RATE = 2_000;
/** How long the count of execs may stand still before nothing more is expected, ms. */
const STILL_MS = 30_000;
const LOOK_MS = 250;
/** Where Node.js listens when it is not told otherwise. */
const INSPECTOR_PORT = 9_229;

/**
 * What it costs to open a log in the editor, beside a tracer that is live and has filled its memory of events: time, CPU time
 * (which other work on the machine changes less), and the memory of all parts.
 */
export async function extensionHost(
  browser: Browser,
  debugPort: number,
  events: number,
  signal: AbortSignal,
): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  try {
    const log = join(directory, "events.jsonl");
    writeLog(log, events);
    const tracer = await startBenchTracer(directory, signal);
    try {
      const execs = Math.min(LIVE_EXECS, events / 2);
      await tracer.generator.run({ count: execs, rate: LIVE_RATE, spawners: 2, cgroup: tracer.workspace });
      const editor = await openBenchEditor(browser, directory, { "processLogging.socket": tracer.socket });
      try {
        return await measureOpening(editor, {
          ...{ log, events, debugPort },
          liveExecs: execs - 1,
          service: tracer.processId,
        });
      } finally {
        await editor.close();
      }
    } finally {
      await tracer.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Opening {
  readonly log: string;
  readonly events: number;
  /** Of the tracer. */
  readonly liveExecs: number;
  readonly debugPort: number;
  /** Pid of the tracer service. */
  readonly service: number;
}

async function measureOpening(editor: BenchEditor, opening: Opening): Promise<Figure[]> {
  const { log, events, liveExecs, debugPort, service } = opening;
  const pid = await until("the extension host runs", () => findExtensionHost(editor.processId));
  const { execs: live } = await untilCounted(await editor.openStream(), liveExecs, () => undefined);
  const before = residentBytes(pid);
  const hostMs = cpuMs(pid);
  const browserMs = browserCpuMs();
  await runCommand(editor.page, "Process Logging: Open Log File…");
  await chooseFile(editor.page, log);
  const begun = performance.now();
  let most = before;
  const { execs: shown, atMs } = await untilCounted(await editor.streamFrame(), live + events / 2, () => {
    most = Math.max(most, residentBytes(pid));
  });
  const seconds = (atMs - begun) / 1_000;
  const perEvent = (sinceMs: number, ms: number): number => ((ms - sinceMs) * 1_000) / events;
  const hostCpu = perEvent(hostMs, cpuMs(pid));
  const browserCpu = perEvent(browserMs, browserCpuMs());
  const page = await measureHeap(debugPort, editor.page.url());
  const host = await heapOf(pid);
  say(`heap: ${page.parts}, extension host ${host.toFixed(0)} MiB`);
  const serviceBytes = residentBytes(service);
  const all = (page.usedMiB + host) * 1.048576 + serviceBytes / 1e6;
  const name = `a log of ${events.toLocaleString("en-US")} events through code-server`;
  return [
    measured(`${name}: events/s`, undefined, events / seconds),
    measured("… execs that are not shown", 0, events / 2 + live - shown),
    measured("… CPU of the extension host, µs an event", undefined, hostCpu, 1),
    measured("… CPU of the whole browser, µs an event", undefined, browserCpu, 1),
    measured("… execs of the tracer that are shown beside it", undefined, live),
    measured("… heap of page (the editor's own included) and worker, MiB", undefined, page.usedMiB),
    measured("… heap of the extension host, MiB", undefined, host),
    measured("… the tracer service, resident, MB", undefined, serviceBytes / 1e6),
    measured("… all parts together, MB", 600, all),
    measured("… extension host, resident: before, MB", undefined, before / 1e6),
    measured("… the most while it is read, MB", undefined, most / 1e6),
    measured("… afterwards, MB", undefined, residentBytes(pid) / 1e6),
  ];
}

/** CPU time of all processes of the benchmark's browser, ms; of those that have ended nothing. */
function browserCpuMs(): number {
  return descendants(process.pid, (command) => command.includes("chrom")).reduce(
    (sum, pid) => sum + cpuMs(pid),
    0,
  );
}

function writeLog(path: string, events: number): void {
  const fd = openSync(path, "w");
  for (let at = 0; at < events; at += BATCH) writeSync(fd, exampleBatch(at, BATCH));
  closeSync(fd);
}

async function chooseFile(page: Page, path: string): Promise<void> {
  await page.locator(".quick-input-title", { hasText: "Open Log File" }).waitFor();
  const choices = page.locator(".quick-input-widget .monaco-list-row");
  await choices.filter({ hasText: ".." }).first().waitFor();
  await page.locator(".quick-input-widget input[type=text]").fill(path);
  await setTimeout(500);
  await page
    .locator(".quick-input-widget .quick-input-action .monaco-button:not(.secondary)")
    .first()
    .click();
}

/** Opens its inspector, as any Node.js process does when it is asked to (the same as `node --inspect`). */
async function heapOf(pid: number): Promise<number> {
  process.kill(pid, "SIGUSR1");
  await setTimeout(1_000);
  return await measureNodeHeap(INSPECTOR_PORT);
}

interface Counted {
  readonly execs: number;
  /** When the last of them were told, of `performance.now()`. */
  readonly atMs: number;
}

/** Waits until the page tells this number of execs, or does not count on any more. */
async function untilCounted(frame: Frame, expected: number, look: () => void): Promise<Counted> {
  let counted: Counted = { execs: 0, atMs: performance.now() };
  while (counted.execs < expected && performance.now() - counted.atMs < STILL_MS) {
    const text = await frame.locator(".counts .count").first().innerText();
    look();
    const execs = Number(/[\d,]+/.exec(text)?.[0].replaceAll(",", ""));
    if (execs !== counted.execs) counted = { execs, atMs: performance.now() };
    await setTimeout(LOOK_MS);
  }
  return counted;
}
