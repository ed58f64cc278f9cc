import { chromium } from "playwright-core";
import { CHROMIUM, CHROMIUM_FLAGS } from "../../browser/support/chromium.ts";
import type { LauncherOptions } from "./launcherOptions.ts";

/**
 * Opens the editor in a page and resolves with the suite's exit code. What the page says about problems goes to stderr
 * when the suite has not ended after `limitMs`, which throws.
 */
export async function openEditor(port: number, options: LauncherOptions, limitMs: number): Promise<number> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  try {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    const said: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") said.push(message.text());
    });
    let timer: NodeJS.Timeout | undefined;
    const code = new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the suite did not end; the editor said: ${said.join("\n").slice(-4_000)}`));
      }, limitMs);
      page.exposeFunction("codeAutomationExit", resolve).catch(reject);
    });
    await page.goto(editorAddress(port, options));
    return await code.finally(() => {
      clearTimeout(timer);
    });
  } finally {
    await browser.close();
  }
}

/** Paths reach the editor's server as resources of its own, since the page itself runs elsewhere. */
function editorAddress(port: number, options: LauncherOptions): string {
  const host = `127.0.0.1:${port}`;
  const remote = (path: string): string => `vscode-remote://${host}${path}`;
  const url = new URL(`http://${host}/`);
  if (options.folder !== undefined) url.searchParams.set("folder", options.folder);
  const payload = [
    ["extensionDevelopmentPath", remote(options.extensionDevelopmentPath)],
    ["extensionTestsPath", remote(options.extensionTestsPath)],
  ];
  url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}
