import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, chromiumObstacle } from "../browser/support/chromium.ts";
import { bundleView } from "./support/bundle.ts";
import { execLine } from "./support/lines.ts";
import { story } from "./support/story.ts";
import { THEMES } from "./support/themes.ts";
import { ViewHost } from "./support/viewPage.ts";
import type { ViewPage } from "./support/viewPage.ts";
import type { Texts } from "../../protocol/text/translate.ts";

/** What is not the page's own: what processes and sources are called, the filter's grammar, and JSON. */
const FOREIGN = [
  ".row .text",
  ".row:not(.fold) .cell:not(.command):not(.running)",
  ".row.fold .cell:not(.command):not(.running):not(.failed)",
  ".row .likely",
  "code",
  "dt code",
  "pre",
  "h2.command",
  "dd",
  ".breadcrumb li",
  ".u-legend",
].join(", ");

/** Texts and labels that people can see or hear, and that no translation has gone through. */
const UNTRANSLATED = `(() => {
  const found = new Set();
  const tell = (text) => { if (/[A-Za-z]{2}/.test(text) && !text.includes("⟦")) found.add(text.trim()); };
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (["SCRIPT", "STYLE"].includes(element.tagName)) continue;
      if (element.shadowRoot !== null) walk(element.shadowRoot);
      if (element.closest(${JSON.stringify(FOREIGN)}) !== null) continue;
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) tell(node.data);
      for (const name of ["title", "aria-label", "aria-valuetext", "aria-description", "placeholder"]) tell(element.getAttribute(name) ?? "");
    }
  };
  walk(document.body);
  return [...found];
})()`;

describe.skipIf(chromiumObstacle() !== undefined)("the process stream in another language", () => {
  let host: ViewHost;
  let texts: Texts;

  beforeAll(async () => {
    const english = JSON.parse(await readFile("l10n/bundle.l10n.json", "utf8")) as Texts;
    texts = Object.fromEntries(Object.keys(english).map((text) => [text, `⟦${text}⟧`]));
    host = await ViewHost.start(await bundleView("webview/worker/main.ts"), CHROMIUM);
  });
  afterAll(() => host.stop());

  async function open(): Promise<ViewPage> {
    const view = await host.open(THEMES.dark, undefined, texts);
    await view.page.setViewportSize({ width: 1_400, height: 900 });
    return view;
  }

  const untranslated = (view: ViewPage): Promise<string[]> => view.page.evaluate(UNTRANSLATED);

  it("says in it that nothing is connected, and what goes on with each source", async () => {
    const view = await open();
    await view.page.getByText("⟦Not connected⟧").waitFor();
    expect(await untranslated(view)).toEqual([]);
    const states = [
      { type: "disconnected", sinceMs: 1e12, why: "⟦told by the extension⟧", retryMs: undefined },
      { type: "reading", readBytes: 5e6, totalBytes: 2e7 },
      { type: "read", events: 1, otherLines: 2 },
      { type: "connecting" },
    ] as const;
    for (const state of states) {
      await view.post({ type: "source", source: { id: "a", kind: "tracer", name: "⟦a⟧", state } });
      await view.page.waitForTimeout(100);
      expect(await untranslated(view)).toEqual([]);
    }
    await view.page.close();
  });

  it("has every control, column, badge, row and detail in it", async () => {
    const view = await open();
    const { page } = view;
    await view.post({
      type: "settings",
      settings: {
        columns: ["pid", "user", "workspace", "started", "duration", "exit", "uid", "cwd", "source"],
        foldRepeats: true,
        timeFormat: "relative",
        eventsKept: 1_000_000,
      },
    });
    await view.events(story());
    const row = page.getByRole("row").filter({ hasText: "git rev-parse" });
    await row.click();
    await page.getByText("⟦In the log⟧", { exact: true }).waitFor();
    for (const name of ["⟦Columns⟧", "⟦Filter syntax⟧"]) {
      await page.getByRole("button", { name, exact: true }).click();
      expect(await untranslated(view)).toEqual([]);
    }
    await page.keyboard.press("Escape");
    expect(await page.getByText("⟦{0} lost here").count()).toBe(0);
    expect(
      await page.getByText(/⟦⟦37 execs⟧ lost here on node-a, .*: ⟦the ring buffer was full⟧⟧/).count(),
    ).toBe(1);
    await view.post({ type: "pause" });
    await view.events(execLine({ id: "5.1.1", argv: ["late"] }));
    await page.getByText("⟦Resume · 1 waiting⟧").waitFor();
    expect(await untranslated(view)).toEqual([]);
    expect(view.problems).toEqual([]);
    await page.close();
  });

  it("says in it what is wrong with a filter, which its worker finds out", async () => {
    const view = await open();
    await view.page.getByRole("textbox", { name: "⟦Filter⟧" }).fill("since:yesterday");
    await view.page.getByRole("alert").filter({ hasText: "⟦not a time: write 10m" }).waitFor();
    expect(await untranslated(view)).toEqual([]);
    await view.page.close();
  });

  it("names the page's language, so that it is read out in it", async () => {
    const view = await open();
    expect(await view.page.evaluate(`document.documentElement.lang`)).toBe("de");
    await view.page.close();
  });
});
