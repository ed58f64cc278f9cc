import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { streamHtml } from "../../../extension/stream/streamHtml.ts";
import { CHROMIUM_FLAGS } from "../../browser/support/chromium.ts";
import type { HostMessage, ViewMessage } from "../../../protocol/webviewMessages.ts";
import type { Texts } from "../../../protocol/text/translate.ts";
import type { Bundle } from "./bundle.ts";
import type { Theme } from "./themes.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const TRY_MS = 25;
const MAX_TRIES = 400;
const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css", ttf: "font/ttf" };

/** A browser, and a server on loopback that gives it the page with the product's content security policy. */
export class ViewHost {
  readonly #server: Server;
  readonly #browser: Browser;
  #texts: Texts | undefined;

  private constructor(bundle: Bundle, browser: Browser) {
    this.#browser = browser;
    this.#server = createServer((request, response) => {
      const name = (request.url ?? "/").slice(1);
      const file = bundle.get(name);
      const origin = `http://${request.headers.host ?? ""}`;
      if (name === "")
        response.setHeader("content-type", "text/html; charset=utf-8").end(html(origin, this.#texts));
      else if (file === undefined) response.writeHead(404).end();
      else response.setHeader("content-type", TYPES[name.split(".").pop() ?? ""] ?? "").end(file);
    });
  }

  static async start(bundle: Bundle, executablePath: string): Promise<ViewHost> {
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
    const host = new ViewHost(bundle, browser);
    await new Promise<void>((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    return host;
  }

  /** Opens the page in a theme, in the language of `texts`; it has said `ready`. */
  async open(theme: Theme, state?: unknown, texts?: Texts): Promise<ViewPage> {
    this.#texts = texts;
    const page = await this.#browser.newPage({ viewport: { width: 1_180, height: 760 } });
    page.setDefaultTimeout(4_000);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.addInitScript({ content: initScript(theme, state) });
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const view = new ViewPage(page, problems);
    await view.sent("ready");
    return view;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

/** The page in the browser, and the editor's side of it. */
export class ViewPage {
  readonly page: Page;
  /** Errors that the page had, refusals of its policy among them. */
  readonly problems: readonly string[];
  #batch = 0;

  constructor(page: Page, problems: readonly string[]) {
    this.page = page;
    this.problems = problems;
  }

  async post(message: HostMessage): Promise<void> {
    await this.page.evaluate(`window.postMessage(${JSON.stringify(message)})`);
  }

  /** Sends log lines, and waits until the model has them. */
  async events(lines: string): Promise<void> {
    const batch = ++this.#batch;
    await this.page.evaluate(
      `window.postMessage({ type: "events", source: "node-a", batch: ${batch}, lines: new TextEncoder().encode(${JSON.stringify(lines)}) })`,
    );
    await this.until(`window.sent.some((one) => one.type === "consumed" && one.batch === ${batch})`);
  }

  /** Waits until an expression is true in the page. (Playwright's own waiting needs `unsafe-eval`.) */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (await this.page.evaluate(`Boolean(${expression})`)) return;
      await this.page.waitForTimeout(TRY_MS);
    }
    throw new Error(`the page did not come to this: ${expression}`);
  }

  /** Waits for a message of this type, and takes all of them. */
  async sent<Type extends ViewMessage["type"]>(
    type: Type,
  ): Promise<Extract<ViewMessage, { readonly type: Type }>[]> {
    await this.until(`window.sent.some((one) => one.type === "${type}")`);
    return this.page.evaluate(
      `(() => { const taken = window.sent.filter((one) => one.type === "${type}"); window.sent = window.sent.filter((one) => one.type !== "${type}"); return taken; })()`,
    );
  }
}

/** The page as the extension writes it. */
function html(origin: string, texts: Texts | undefined): string {
  return streamHtml({
    nonce: NONCE,
    cspSource: origin,
    scriptUri: "main.js",
    styleUri: "main.css",
    title: "Process Stream",
    language: texts === undefined ? "en" : "de",
    texts,
  });
}

function initScript(theme: Theme, state: unknown): string {
  return `window.sent = [];
window.kept = ${state === undefined ? "undefined" : JSON.stringify(state)};
window.acquireVsCodeApi = () => ({
  postMessage: (message) => { window.sent.push(message); },
  getState: () => window.kept,
  setState: (state) => { window.kept = state; },
});
const apply = () => {
  for (const [name, value] of Object.entries(${JSON.stringify(theme.variables)})) document.documentElement.style.setProperty("--vscode-" + name, value);
  document.documentElement.className = document.body.className = ${JSON.stringify(theme.bodyClass)};
};
new MutationObserver((_, observer) => { if (document.body) { observer.disconnect(); apply(); } }).observe(document, { childList: true, subtree: true });`;
}
