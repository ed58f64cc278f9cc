import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, chromiumObstacle } from "../browser/support/chromium.ts";
import { bundleView } from "./support/bundle.ts";
import { execLine, START_MS } from "./support/lines.ts";
import { story } from "./support/story.ts";
import { THEMES } from "./support/themes.ts";
import { ViewHost } from "./support/viewPage.ts";
import type { ViewPage } from "./support/viewPage.ts";

const MANY = 200_000;
const BATCH = 5_000;

describe.skipIf(chromiumObstacle() !== undefined)("the process stream with its own model", () => {
  let host: ViewHost;

  beforeAll(async () => {
    host = await ViewHost.start(await bundleView("webview/worker/main.ts"), CHROMIUM);
  });
  afterAll(() => host.stop());

  async function withStory(): Promise<ViewPage> {
    const view = await host.open(THEMES.dark);
    await view.post({
      type: "source",
      source: { id: "node-a", kind: "tracer", name: "node-a", state: { type: "connected" } },
    });
    await view.events(story());
    await view.page.getByRole("row").filter({ hasText: "git rev-parse" }).waitFor();
    return view;
  }

  it("paints a loss row, and a fold that opens and closes", async () => {
    const { page, problems } = await withStory();
    const loss = page.getByRole("row").filter({ hasText: "37 execs lost" });
    const fold = page.getByRole("row").filter({ hasText: "cc ×400" });
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("Home");
    await fold.waitFor();
    expect(await fold.getAttribute("aria-expanded")).toBe("false");
    expect(await fold.innerText()).toContain("4 failed");
    const failed = fold.getByRole("gridcell", { name: "4 failed" });
    expect(await failed.getAttribute("title")).toBe("4 of 400 failed");
    const cut = (text: string): Promise<boolean> =>
      failed.evaluate((cell, other) => {
        const copy = cell.cloneNode() as typeof cell;
        copy.textContent = other;
        cell.replaceWith(copy);
        const isCut = copy.scrollWidth > copy.clientWidth;
        copy.replaceWith(cell);
        return isCut;
      }, text);
    expect([await cut("4 failed"), await cut("999 failed"), await cut("1.8K failed")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await cut("4 of 400 failed")).toBe(true);
    await fold.locator(".twistie").click();
    await page.getByRole("row").filter({ hasText: "net/socket0.c" }).waitFor();
    await fold.locator(".twistie").click();
    await page.getByRole("row").filter({ hasText: "net/socket0.c" }).waitFor({ state: "detached" });
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("End");
    await loss.waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });

  it("touches no row of which only the number of siblings has changed", async () => {
    const view = await host.open(THEMES.dark);
    const { page } = view;
    const root = (pid: number): string =>
      execLine({ id: `${pid}.1.1`, argv: [`tool${pid}`], atMs: START_MS + pid });
    const first = page.getByRole("row").filter({ hasText: "tool1" });
    await view.events(root(1) + root(2));
    await page.getByText("tool2").waitFor();
    await page.evaluate(`(() => {
      window.touched = [];
      new MutationObserver((changes) => {
        for (const { target } of changes)
          window.touched.push((target instanceof Element ? target : target.parentElement).closest(".row")?.innerText ?? "");
      }).observe(document.querySelector(".tree .body"), { childList: true, characterData: true, subtree: true });
    })()`);
    await view.events(root(3));
    await page.getByText("tool3").waitFor();
    expect(await first.getAttribute("aria-setsize")).toBe("3");
    expect(await page.evaluate(`window.touched.filter((text) => /tool[12]/.test(text))`)).toEqual([]);
    expect(await page.evaluate(`window.touched.some((text) => text.includes("tool3"))`)).toBe(true);
    await page.close();
  });

  it("filters with ancestors, and tells what is wrong with an expression", async () => {
    const view = await withStory();
    const input = view.page.locator("vscode-text-field input");
    await input.fill("/get\\.example/ comm:bash");
    const row = view.page.getByRole("row").filter({ hasText: "curl -fsSL https://get" }).last();
    await row.waitFor();
    await view.page.getByRole("row").filter({ hasText: "uname" }).waitFor({ state: "detached" });
    expect(await view.page.locator(".row.context").first().innerText()).toContain("bash -l");
    await input.fill("exit:");
    await view.page.locator(".filter-error .wrong").waitFor();
    await view.page.close();
  });

  it("shows the details of a row: its line, and what it came from", async () => {
    const { page } = await withStory();
    await page.getByRole("row").filter({ hasText: "git rev-parse" }).click();
    await page.keyboard.press("Enter");
    await page.getByText("In the log", { exact: true }).waitFor();
    expect(await page.locator("main").innerText()).toContain("exit 128");
    await page.close();
  });

  it("leads from the details to what a row came from, and to what probably asked for its container", async () => {
    const { page } = await withStory();
    const selected = page.locator('[role=row][aria-selected="true"]');
    await page.getByRole("row").filter({ hasText: "/proc/self/fd/7" }).click();
    const ancestors = page.getByRole("navigation", { name: "Ancestors" });
    expect(await ancestors.getByRole("button").allInnerTexts()).toEqual([
      "bash",
      "containerd-shim-runc-v2",
      "sh",
    ]);
    await ancestors.getByRole("button", { name: "containerd-shim-runc-v2" }).click();
    await selected.filter({ hasText: "containerd-shim-runc-v2 -id 3f2a91c0" }).waitFor();
    await page.getByRole("button", { name: "Likely from docker run" }).click();
    await selected.filter({ hasText: "docker run --rm alpine" }).waitFor();
    await page.close();
  });

  it("exports the log's own lines in the order of time", async () => {
    const view = await withStory();
    await view.post({ type: "export", id: 3, scope: "everything" });
    const [part] = await view.sent("exported");
    expect(part).toMatchObject({ id: 3, done: true });
    const lines = (part?.lines ?? "").trim().split("\n");
    expect(lines.toSorted()).toEqual(story().trim().split("\n").toSorted());
    await view.page.close();
  });

  it("takes packed lines, shows one of them, and tells of a batch that is longer than it says", async () => {
    const view = await withStory();
    const lines = [1, 2, 3].map((pid) =>
      execLine({ id: `${pid}.7.1`, argv: [`äpacked${pid}`], atMs: START_MS + 60_000 + pid }),
    );
    await view.page.evaluate(`(async () => {
      const bytes = new TextEncoder().encode(${JSON.stringify(lines.join(""))});
      const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
      const packed = new Uint8Array(await new Response(stream).arrayBuffer());
      const post = (batch, unpackedLength) =>
        window.postMessage({ type: "events", source: "node-a", batch, lines: packed.slice(), unpackedLength, unpackedLines: 3 });
      post(900, bytes.length - 1);
      post(901, bytes.length);
    })()`);
    await view.until('window.sent.some((one) => one.type === "consumed" && one.batch === 901)');
    const problems = await view.sent("problem");
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("packed lines are longer than"),
    ]);
    const { page } = view;
    await page.getByRole("status").getByText("The view had a problem").waitFor();
    await page.getByRole("row", { name: "3 log lines lost here: this view could not unpack them" }).waitFor();
    await page.getByRole("row").filter({ hasText: "äpacked2" }).click();
    await page.keyboard.press("Enter");
    await page.getByText("In the log", { exact: true }).waitFor();
    await view.post({ type: "export", id: 9, scope: "everything" });
    const [part] = await view.sent("exported");
    expect(part?.lines).toContain(lines.join(""));
    await page.close();
  });

  it("scrolls through 200,000 execs", async () => {
    const view = await host.open(THEMES.dark);
    // The page itself makes the lines: to send all of them to it would take longer than to show them.
    const sample = execLine({ id: "PID.1.1", argv: ["toolPID", "--run"], atMs: START_MS, extra: { pid: 7 } });
    await view.page.evaluate(`(async () => {
      const sample = ${JSON.stringify(sample)}.replace("${new Date(START_MS).toISOString()}", "TIME");
      for (let from = 1; from <= ${MANY}; from += ${BATCH}) {
        let lines = "";
        for (let at = from; at < from + ${BATCH}; at++) {
          lines += sample.replaceAll("PID", at).replace("TIME", new Date(${START_MS} + at * 10).toISOString());
        }
        window.postMessage({ type: "events", source: "node-a", batch: from, lines: new TextEncoder().encode(lines) });
        while (!window.sent.some((one) => one.type === "consumed" && one.batch === from)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    })()`);
    const { page } = view;
    await page
      .getByRole("row")
      .filter({ hasText: `tool${MANY} --run` })
      .waitFor();
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("Home");
    await page.getByRole("row").filter({ hasText: "tool1 --run" }).waitFor();
    await page.locator("vscode-text-field input").fill("tool123456");
    await page.getByRole("row").filter({ hasText: "tool1 --run" }).waitFor({ state: "detached" });
    await page.getByRole("row").filter({ hasText: "tool123456 --run" }).waitFor();
    expect(await page.getByRole("row").count()).toBe(2);
    expect(view.problems).toEqual([]);
    await page.close();
  }, 90_000);
});
