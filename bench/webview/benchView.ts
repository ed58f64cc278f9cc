import type { Browser, Frame, Page } from "playwright-core";

import { BatchFlow, type BatchFlowOutput } from "../../extension/stream/batchFlow.ts";
import { packLines } from "../../extension/stream/packLines.ts";
import { parseViewMessage } from "../../extension/stream/parseViewMessage.ts";
import type { HostMessage } from "../../protocol/webviewMessages.ts";
import { COLUMNS } from "../../protocol/webviewMessages.ts";
import type { PageRecord } from "./viewPages.ts";
import { ViewServer } from "./viewServer.ts";

const SOURCE = "node-a";

/** The built webview in a browser, and the extension's side of it: its messages and its flow control. */
export class BenchView {
  readonly page: Page;
  readonly frame: Frame;
  /** Lines go to the view as fast as it takes them. */
  readonly flow: BatchFlow;
  readonly #server: ViewServer;
  readonly #unanswered: Set<number>;
  readonly #problems: string[];

  private constructor(
    page: Page,
    frame: Frame,
    flow: BatchFlow,
    server: ViewServer,
    unanswered: Set<number>,
    problems: string[],
  ) {
    this.page = page;
    this.frame = frame;
    this.flow = flow;
    this.#server = server;
    this.#unanswered = unanswered;
    this.#problems = problems;
  }

  /** Opens it with one source that is connected. */
  static async open(browser: Browser, eventsKept: number): Promise<BenchView> {
    const unanswered = new Set<number>();
    const problems: string[] = [];
    let ready: (() => void) | undefined;
    const isReady = new Promise<void>((resolve) => (ready = resolve));
    const server = await ViewServer.start((value) => {
      const message = parseViewMessage(value);
      if (message?.type === "ready") ready?.();
      if (message?.type === "problem") problems.push(message.message);
      if (message?.type !== "consumed") return;
      unanswered.delete(message.batch);
      flow.consumed(message.batch);
    });
    let lastBatch = 0;
    const output: BatchFlowOutput = {
      batch: (lines) => {
        const batch = ++lastBatch;
        unanswered.add(batch);
        server.post({ type: "events", source: SOURCE, batch, ...lines });
        return batch;
      },
      gap: (gap) => {
        server.post({ type: "gap", source: SOURCE, gap });
      },
    };
    const flow = new BatchFlow(output, packLines);
    const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(server.address);
    await isReady;
    const frame = page.frames().find((one) => one.url().endsWith("/view"));
    if (frame === undefined) throw new Error("the benchmark's page does not show the webview");
    const view = new BenchView(page, frame, flow, server, unanswered, problems);
    const columns = COLUMNS.slice(0, 6);
    view.post({
      type: "settings",
      settings: { columns, foldRepeats: true, timeFormat: "local", eventsKept },
    });
    view.post({ type: "visible", visible: true });
    view.post({
      type: "source",
      source: { id: SOURCE, kind: "tracer", name: SOURCE, state: { type: "connected" } },
    });
    return view;
  }

  post(message: HostMessage): void {
    this.#server.post(message);
  }

  /** Batches that were sent and not yet taken in. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** What the page has told of itself so far. */
  async record(): Promise<PageRecord> {
    return this.frame.evaluate<PageRecord>("window.bench");
  }

  /** Forgets what was noted. */
  async forget(): Promise<void> {
    await this.frame.evaluate(
      "Object.assign(window.bench, { longTasks: [], filtered: [], keyToFrameMs: [] })",
    );
  }

  /** Resolves once an expression is true in the page; throws after `patienceMs`. */
  async until(expression: string, patienceMs = 30_000): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!(await this.frame.evaluate<boolean>(`Boolean(${expression})`))) {
      if (performance.now() > end) throw new Error(`the page did not come to this: ${expression}`);
      await this.page.waitForTimeout(20);
    }
  }

  /** Closes it; throws when the page had a problem. */
  async close(): Promise<void> {
    await this.page.close();
    this.#server.close();
    const [problem] = this.#problems;
    if (problem !== undefined) throw new Error(`the page had ${this.#problems.length} problems: ${problem}`);
  }
}
