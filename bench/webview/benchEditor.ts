import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Browser, Frame, Page } from "playwright-core";

import { CODE_SERVER_ENTRY } from "../../scripts/codeServer.mjs";
import { ROOT } from "../../scripts/prepare.mjs";
import { VSIX } from "../../scripts/vsix.mjs";

const PATIENCE_MS = 60_000;

/** A code-server with the packed extension, open in a browser. */
export interface BenchEditor {
  readonly page: Page;
  /** Pid of code-server. */
  readonly processId: number;
  /** Opens the process stream; its page. */
  openStream(): Promise<Frame>;
  /** The page of the process stream, once it is open. */
  streamFrame(): Promise<Frame>;
  /** Loads the page anew, which starts another extension host. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one that keeps all its files in `directory`, with these settings of the machine. */
export async function openBenchEditor(
  browser: Browser,
  directory: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<BenchEditor> {
  const entry = join(ROOT, CODE_SERVER_ENTRY);
  const password = randomBytes(16).toString("hex");
  const flags = [
    "--user-data-dir",
    join(directory, "data"),
    "--extensions-dir",
    join(directory, "extensions"),
  ];
  const env = {
    HOME: directory,
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    PASSWORD: password,
  };
  execFileSync(process.execPath, [entry, ...flags, "--install-extension", join(ROOT, VSIX)], {
    env,
    stdio: "ignore",
  });
  writeSettings(join(directory, "data/Machine"), settings);
  writeSettings(join(directory, "data/User"), {
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": true,
    "remote.autoForwardPorts": false,
    // Each marked exec is to have a row of its own.
    "processLogging.foldRepeats": false,
  });
  const config = join(directory, "config.yaml");
  const child = spawn(
    process.execPath,
    [
      entry,
      ...["--bind-addr", "127.0.0.1:0", "--auth", "password", "--config", config],
      ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", ...flags],
    ],
    { env, stdio: ["ignore", "pipe", "ignore"] },
  );
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    const address = await until("code-server listens", () =>
      /server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.at(1),
    );
    const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${address}/`);
    await page.locator("input[name=password]").fill(password);
    await page.locator("input[type=submit]").click();
    const shown = (): Promise<void> =>
      page.locator(".activitybar").getByRole("tab", { name: "Process Logging" }).waitFor();
    await shown();
    return {
      page,
      processId: child.pid ?? 0,
      streamFrame: () => streamFrame(page),
      openStream: () => openStream(page),
      reload: async () => {
        await page.reload();
        await shown();
      },
      close: async () => {
        await page.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Has the editor run a command of its palette. */
export async function runCommand(page: Page, command: string): Promise<void> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input[type=text]").fill(`>${command}`);
  await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: command }).first().click();
}

async function openStream(page: Page): Promise<Frame> {
  await runCommand(page, "Process Logging: Open Process Stream");
  return await streamFrame(page);
}

async function streamFrame(page: Page): Promise<Frame> {
  const stream = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  await stream.getByRole("treegrid").waitFor();
  const body = await stream.locator("body").elementHandle();
  const frame = await body.ownerFrame();
  if (frame === null) throw new Error("the process stream did not open");
  return frame;
}

/** Asks again and again; throws when there is still nothing after a minute. */
export async function until<Value>(what: string, ask: () => Value | undefined): Promise<Value> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = ask();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await setTimeout(50);
  }
}

function writeSettings(folder: string, settings: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
}
