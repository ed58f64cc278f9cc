import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import type { Figure } from "../tracer/figure.ts";
import { residentBytes } from "../tracer/processUsage.ts";
import { openBenchEditor, runCommand, until } from "../webview/benchEditor.ts";
import { launchChromium } from "../webview/chromium.ts";
import { findExtensionHost } from "../webview/descendants.ts";
import { measured } from "../webview/measured.ts";

const MB = 1_000_000;
const SETTLE_MS = 10_000;
const LOOK_MS = 50;

/** What an extension host of code-server holds, its own code and all other extensions included, when it reads the cluster of a kubeconfig. */
export async function clusterInEditor(kubeconfig: string): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  const browser = await launchChromium(20_000 + (process.pid % 10_000));
  try {
    const editor = await openBenchEditor(browser, directory, {
      "processLogging.autoConnect": false,
      "processLogging.kubeconfig": kubeconfig,
    });
    try {
      const { page } = editor;
      const pid = await until("the extension host runs", () => findExtensionHost(editor.processId));
      await page.locator(".activitybar").getByRole("tab", { name: "Process Logging" }).click();
      await setTimeout(SETTLE_MS);
      const before = residentBytes(pid);
      let most = before;
      const looking = setInterval(() => (most = Math.max(most, residentBytes(pid))), LOOK_MS);
      await runCommand(page, "Process Logging: Connect to a Cluster…");
      await page.locator(".quick-input-widget .monaco-list-row").first().click();
      await page
        .locator(".sidebar")
        .getByRole("treeitem")
        .filter({ hasText: "workspaces" })
        .first()
        .waitFor();
      await setTimeout(SETTLE_MS);
      clearInterval(looking);
      return [
        measured(
          "extension host in code-server, resident: before it is connected, MB",
          undefined,
          before / MB,
        ),
        measured("… the most, MB", 300, most / MB),
        measured("… ten seconds later, MB", undefined, residentBytes(pid) / MB),
      ];
    } finally {
      await editor.close();
    }
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
