import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";

import type { Figure } from "../../tracer/figure.ts";
import { openBenchEditor, runCommand } from "../benchEditor.ts";
import { measured } from "../measured.ts";

/**
 * What the extension host says that the extension took to activate: its code's loading included, one host for each of
 * `starts`. The first reads the files from a disk that may not have been asked for them before.
 */
export async function activation(browser: Browser, starts: number): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  try {
    const editor = await openBenchEditor(browser, directory, {
      "processLogging.socket": join(directory, "tracer.sock"),
    });
    try {
      const timesMs: number[] = [];
      while (timesMs.length < starts) {
        if (timesMs.length > 0) await editor.reload();
        timesMs.push(await activationMs(editor.page));
      }
      return [
        measured("activation in code-server, ms", 100, timesMs),
        measured("… the longest, ms", undefined, Math.max(...timesMs)),
      ];
    } finally {
      await editor.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of the editor's own list of running extensions. */
async function activationMs(page: Page): Promise<number> {
  await runCommand(page, "Developer: Show Running Extensions");
  const row = page
    .locator(".runtime-extensions-editor .extension")
    .filter({ hasText: "Workspace Process Logging" });
  const text = await row.locator(".activation-time").filter({ hasText: /\d+ms/ }).innerText();
  const timeMs = Number(/(\d+)ms/.exec(text)?.[1]);
  if (!Number.isFinite(timeMs)) throw new Error(`the editor tells no activation time: ${text}`);
  return timeMs;
}
