import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Browser, Frame, Page } from "playwright-core";

import type { Figure } from "../../tracer/figure.ts";
import { residentBytes } from "../../tracer/processUsage.ts";
import { openBenchEditor, runCommand, until } from "../benchEditor.ts";
import { exampleBatch } from "../exampleEvents.ts";
import { findExtensionHost } from "../findExtensionHost.ts";
import { measureNodeHeap } from "../heap.ts";
import { measured } from "../measured.ts";

const BATCH = 1_000;
/** How long the count of rows may stand still before the log counts as read, ms. */
const STILL_MS = 3_000;
/** Where Node.js listens when it is not told otherwise. */
const INSPECTOR_PORT = 9_229;

/** What the editor's extension host holds, all extensions and VS Code's own code included, before and after a log is opened. */
export async function extensionHost(browser: Browser, events: number): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  try {
    const log = join(directory, "events.jsonl");
    writeLog(log, events);
    const editor = await openBenchEditor(browser, directory, {
      "processLogging.socket": join(directory, "tracer.sock"),
    });
    try {
      const pid = await until("the extension host runs", () => findExtensionHost(editor.processId));
      const before = residentBytes(pid);
      await runCommand(editor.page, "Process Logging: Open Log File…");
      await chooseFile(editor.page, log);
      const frame = await editor.streamFrame();
      const begun = performance.now();
      let most = before;
      const shown = await untilStill(frame, () => (most = Math.max(most, residentBytes(pid))));
      const seconds = (performance.now() - begun - STILL_MS) / 1_000;
      const name = `a log of ${events.toLocaleString("en-US")} events through code-server`;
      return [
        measured(`${name}: events/s`, undefined, events / seconds),
        measured("… execs that are not shown", 0, events / 2 - shown),
        measured("… extension host, heap after a collection, MiB", undefined, await heapOf(pid)),
        measured("… extension host, resident: before, MB", undefined, before / 1e6),
        measured("… the most while it is read, MB", undefined, most / 1e6),
        measured("… afterwards, MB", undefined, residentBytes(pid) / 1e6),
      ];
    } finally {
      await editor.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
async function heapOf(pid: number): Promise<number | string> {
  try {
    process.kill(pid, "SIGUSR1");
    await setTimeout(1_000);
    return await measureNodeHeap(INSPECTOR_PORT);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Waits until the number of execs that the page tells does not grow any more; that number. */
async function untilStill(frame: Frame, look: () => void): Promise<number> {
  let shown = -1;
  for (let still = 0; still < STILL_MS;) {
    const text = await frame.locator(".counts .count").first().innerText();
    look();
    const now = Number(/[\d,]+/.exec(text)?.[0].replaceAll(",", ""));
    still = now === shown && now > 0 ? still + 250 : 0;
    shown = now;
    await setTimeout(250);
  }
  return shown;
}
