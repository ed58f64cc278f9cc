import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Browser } from "playwright-core";

import type { Figure } from "../../tracer/figure.ts";
import { percentile } from "../../tracer/spread.ts";
import { openBenchEditor } from "../benchEditor.ts";
import { startBenchTracer } from "../benchTracer.ts";
import { measured } from "../measured.ts";

const RATE = 1_000;
/** In its first ten seconds an editor does what it has put off at its start, for a second at a time. */
const SETTLING_SECONDS = 12;

/**
 * From before the spawn of a program in a workspace until the frame after its row is in the page, through tracer, socket,
 * code-server, extension and worker, while 1,000 execs a second arrive. One in a hundred is shown and counted.
 */
export async function execToRow(browser: Browser, seconds: number, signal: AbortSignal): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  try {
    const tracer = await startBenchTracer(directory, signal);
    try {
      const { name, generator, socket, workspace } = tracer;
      const editor = await openBenchEditor(browser, directory, { "processLogging.socket": socket });
      try {
        const frame = await editor.openStream();
        await frame.evaluate(WATCH);
        await frame.locator("vscode-text-field input").fill(`/${name}-[0-9]+-[0-9]*00$/`);
        await setTimeout(1_000);
        const load = { rate: RATE, spawners: 2, cgroup: workspace };
        await generator.run({ ...load, count: SETTLING_SECONDS * RATE });
        await setTimeout(1_000);
        const { run, spawnedNs } = await generator.run({ ...load, count: seconds * RATE });
        await setTimeout(2_000);
        const seen = await frame.evaluate<Record<string, number>>("window.benchSeen");
        const delays: number[] = [];
        for (let number = 100; number < spawnedNs.length; number += 100) {
          const at = seen[`${name}-${String(run)}-${String(number)}`];
          const spawned = spawnedNs[number];
          if (at !== undefined && spawned !== undefined) delays.push(at - Number(spawned) / 1e6);
        }
        const expected = (seconds * RATE) / 100 - 1;
        if (delays.length === 0) throw new Error(`none of ${expected} marked execs was shown`);
        return [
          measured(
            `exec → row painted at ${RATE}/s through code-server, p50, ms`,
            60,
            percentile(delays, 0.5),
          ),
          measured("… p95, ms", 150, percentile(delays, 0.95)),
          measured("… marked execs that were not shown", 0, expected - delays.length),
        ];
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

/** Notes by wall clock when the frame after a marked row has begun: the row was painted in the one before. */
const WATCH = `(() => {
  window.benchSeen = {};
  const marks = /wpl-bench-[0-9]+-[0-9]+-[0-9]+/g;
  const fresh = new Set();
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) for (const node of type === "characterData" ? [target] : addedNodes)
      for (const [mark] of (node.textContent ?? "").matchAll(marks))
        if (window.benchSeen[mark] === undefined && !fresh.has(mark)) {
          fresh.add(mark);
          requestAnimationFrame(() => { window.benchSeen[mark] = Date.now(); fresh.delete(mark); });
        }
  }).observe(document.querySelector(".tree .body"), { childList: true, characterData: true, subtree: true });
})()`;
