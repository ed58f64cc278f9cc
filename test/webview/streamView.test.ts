import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROW_ACTIONS } from "../../protocol/webviewMessages.ts";
import { CHROMIUM, chromiumObstacle } from "../browser/support/chromium.ts";
import { bundleView } from "./support/bundle.ts";
import { execLine, exitLine, lostLine, START_MS } from "./support/lines.ts";
import { story } from "./support/story.ts";
import { THEMES } from "./support/themes.ts";
import { ViewHost } from "./support/viewPage.ts";
import type { ViewPage } from "./support/viewPage.ts";

const MAX_BUNDLE_BYTES = 500_000;

/** Many roots that do not fold. */
function manyRoots(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const number = from + at;
    return execLine({
      id: `${number + 1}.1.1`,
      argv: [`tool${number}`, "--run"],
      atMs: START_MS + number * 10,
    });
  }).join("");
}

/** By what the page calls it in messages. */
async function rowOf({ page }: ViewPage, text: string): Promise<number> {
  const row = page.getByRole("row").filter({ hasText: text });
  return (JSON.parse((await row.getAttribute("data-vscode-context")) ?? "") as { row: number }).row;
}

/** Finds no violation of accessibility in the page as it is now. */
async function checkAxe({ page }: ViewPage): Promise<void> {
  await page.evaluate(await readFile("node_modules/axe-core/axe.min.js", "utf8"));
  const violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] = await page.evaluate(
    `axe.run().then(({ violations }) => violations)`,
  );
  const told = violations.map(({ id, nodes }) => [
    id,
    nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`),
  ]);
  expect(told).toEqual([]);
}

describe.skipIf(chromiumObstacle() !== undefined)("the process stream in a browser", () => {
  let host: ViewHost;
  let bundleBytes = 0;

  beforeAll(async () => {
    const bundle = await bundleView("test/webview/support/modelTwin.ts");
    bundleBytes = bundle.get("main.js")?.length ?? Infinity;
    host = await ViewHost.start(bundle, CHROMIUM);
  });
  afterAll(() => host.stop());

  async function withStory(theme: keyof typeof THEMES = "dark"): Promise<ViewPage> {
    const view = await host.open(THEMES[theme]);
    await view.post({
      type: "source",
      source: { id: "node-a", kind: "tracer", name: "node-a", state: { type: "connected" } },
    });
    await view.events(story());
    await view.page.getByRole("row").filter({ hasText: "git rev-parse" }).waitFor();
    return view;
  }

  it("fits its budget", () => {
    expect(bundleBytes).toBeLessThan(MAX_BUNDLE_BYTES);
  });

  it.each(["dark", "light", "hcDark", "hcLight"] as const)(
    "has no accessibility violation in %s",
    async (theme) => {
      const view = await withStory(theme);
      await view.page.getByRole("row").filter({ hasText: "i.sh" }).last().click();
      await view.page.getByText("In the log", { exact: true }).waitFor();
      await checkAxe(view);
      expect(view.problems).toEqual([]);
      await view.page.close();
    },
  );

  it("has all columns of its rows, however narrow it is", async () => {
    const { page } = await withStory();
    await page.setViewportSize({ width: 500, height: 700 });
    await page.evaluate(`document.querySelector(".tree").scrollLeft = 10_000`);
    const row = page.getByRole("row").filter({ hasText: "git rev-parse" });
    const exit = await row.getByRole("gridcell").last().boundingBox();
    const box = await row.boundingBox();
    expect(exit?.x).toBeGreaterThan(300);
    expect((exit?.x ?? Infinity) + (exit?.width ?? 0)).toBeLessThanOrEqual((box?.x ?? 0) + (box?.width ?? 0));
    await page.close();
  });

  it("describes each row to assistive technology", async () => {
    const { page } = await withStory();
    const row = page.getByRole("row").filter({ hasText: "make -j8" });
    for (const [name, value] of [
      ["aria-level", "2"],
      ["aria-posinset", "1"],
      ["aria-expanded", "true"],
      ["aria-rowindex", "3"],
    ] as const) {
      expect(await row.getAttribute(name)).toBe(value);
    }
    const tree = page.getByRole("treegrid");
    expect(Number(await tree.getAttribute("aria-rowcount"))).toBe(await page.getByRole("row").count());
    await page.close();
  });

  it("is worked by keyboard alone", async () => {
    const { page } = await withStory();
    const tree = page.getByRole("treegrid");
    const active = async (): Promise<string> => {
      await page.waitForTimeout(120);
      const id = await tree.getAttribute("aria-activedescendant");
      return id === null ? "" : page.locator(`#${id} .text`).innerText();
    };
    await tree.focus();
    await page.keyboard.press("Home");
    expect(await active()).toBe("bash -l");
    await page.keyboard.press("ArrowRight");
    expect(await active()).toBe("make -j8");
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(120);
    expect(await page.getByRole("row").filter({ hasText: "make" }).getAttribute("aria-expanded")).toBe(
      "false",
    );
    await page.keyboard.press("ArrowLeft");
    expect(await active()).toBe("bash -l");
    await page.keyboard.press("End");
    expect(await active()).toBe("git rev-parse HEAD");
    await page.keyboard.press("/");
    await page.keyboard.type("curl");
    await page.getByRole("row").filter({ hasText: "uname" }).waitFor({ state: "detached" });
    await page.close();
  });

  it("says that it is narrowed beyond the filter, and ends that when it is told to", async () => {
    const view = await withStory();
    const row = view.page.getByRole("row").filter({ hasText: "git rev-parse" });
    await view.post({
      type: "rowAction",
      action: "hideProgram",
      row: Number(await row.getAttribute("data-row")),
    });
    await row.waitFor({ state: "detached" });
    await view.until(`window.sent.some(({ status }) => status?.narrowed === true)`);
    await view.sent("status");
    await view.post({ type: "clearNarrowing" });
    await row.waitFor();
    await view.until(`window.sent.some(({ status }) => status?.narrowed === false)`);
    await view.page.close();
  });

  it("opens the menu of the selected row by the menu key, and of nothing by a click beside the rows", async () => {
    const { page } = await withStory();
    await page.setViewportSize({ width: 1_400, height: 760 });
    await page.evaluate(`window.addEventListener("contextmenu", (event) => {
      if (!event.defaultPrevented) window.menu = event.target.closest("[data-row]")?.innerText ?? "none";
      event.preventDefault();
    })`);
    const tree = page.getByRole("treegrid");
    await tree.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ContextMenu");
    expect(await page.evaluate("window.menu")).toContain("git rev-parse HEAD");
    const box = await tree.boundingBox();
    await tree.click({ button: "right", position: { x: 200, y: (box?.height ?? 0) - 5 } });
    expect(await page.evaluate("window.menu")).toBe("none");
    await page.close();
  });

  it("tells the host what is filtered, and of a wrong expression only that the one before is in force", async () => {
    const view = await withStory();
    const row = await rowOf(view, "vitest run");
    const box = view.page.locator("vscode-text-field input");
    await box.fill("vitest");
    expect((await view.sent("filter"))[0]?.filter.expression).toBe("vitest");
    await box.fill("vitest bad:x");
    await view.page.locator(".filter-error .wrong").getByText("bad:").waitFor();
    await view.post({ type: "rowAction", action: "filterUser", row });
    // The first filter that is told since: it has not told the wrong one.
    expect((await view.sent("filter"))[0]?.filter).toEqual({
      ...{ usernames: ["zac"], workspaces: [], expression: "vitest" },
    });
    expect(await box.inputValue()).toBe("vitest bad:x");
    await box.fill("vitest run");
    expect((await view.sent("filter"))[0]?.filter.expression).toBe("vitest run");
    await view.page.close();
  });

  it("keeps a wrong expression in its box while others change the filter, until all is cleared", async () => {
    const view = await withStory();
    const box = view.page.locator("vscode-text-field input");
    await box.fill("curl");
    await view.sent("filter");
    await box.fill("curl bad:x");
    await view.page.locator(".filter-error .wrong").getByText("bad:").waitFor();
    await view.post({ type: "filter", filter: { usernames: ["zac"], workspaces: [], expression: "curl" } });
    await view.page.getByText("user: zac").waitFor();
    expect(await box.inputValue()).toBe("curl bad:x");
    await view.post({ type: "clearNarrowing" });
    await expect.poll(() => box.inputValue()).toBe("curl");
    await view.page.locator(".filter-error").waitFor({ state: "hidden" });
    await view.page.close();
  });

  it("takes back a wrong expression that comes from elsewhere, and shows what is wrong with it", async () => {
    const view = await withStory();
    const box = view.page.locator("vscode-text-field input");
    await view.post({ type: "filter", filter: { usernames: ["zac"], workspaces: [], expression: "bad:x" } });
    expect((await view.sent("filter"))[0]?.filter).toEqual({
      ...{ usernames: ["zac"], workspaces: [], expression: "" },
    });
    await view.page.locator(".filter-error .wrong").getByText("bad:").waitFor();
    expect(await box.inputValue()).toBe("bad:x");
    await view.page.close();
  });

  it("shows text from processes as text, and nothing in it hides", async () => {
    const view = await host.open(THEMES.dark);
    const evil = `<img src=x onerror="window.owned=1">`;
    await view.events(
      execLine({
        id: "1.1.1",
        argv: [evil, "\u202e\u200b\u001b[31m", "[x](command:y)"],
        username: evil,
        workspace: "<b>",
      }),
    );
    const row = view.page.getByRole("row").filter({ hasText: "<img" });
    await row.click();
    await view.page.getByText("In the log", { exact: true }).waitFor();
    expect(await row.locator(".text").innerText()).toContain("⟨U+202E⟩⟨U+200B⟩⟨U+001B⟩[31m");
    expect(await view.page.locator("img, b").count()).toBe(0);
    expect(await view.page.evaluate("window.owned")).toBeUndefined();
    expect(view.problems).toEqual([]);
    await view.page.close();
  });

  it("cuts a long command in the row, and shows all of it in the details", async () => {
    const view = await host.open(THEMES.dark);
    const argument = "x".repeat(131_000);
    await view.events(execLine({ id: "1.1.1", argv: ["echo", argument] }));
    const row = view.page.getByRole("row").filter({ hasText: "echo" });
    await row.click();
    await view.page.locator(".arguments li").nth(1).waitFor();
    expect((await row.locator(".text").innerText()).length).toBeLessThan(1_100);
    expect((await view.page.locator(".arguments code").nth(1).textContent())?.length).toBe(argument.length);
    await view.page.getByRole("button", { name: "Copy argument 1" }).click();
    expect((await view.sent("copy"))[0]?.text).toBe(argument);
    await view.page.close();
  });

  it("follows the newest row until the user scrolls, and then keeps what is read in its place", async () => {
    const view = await host.open(THEMES.dark);
    await view.events(manyRoots(1_000, 500));
    const { page } = view;
    await page.getByText("tool1499 --run").waitFor();
    await view.events(manyRoots(1_500, 100));
    await page.getByText("tool1599 --run").waitFor();
    await page.evaluate(`document.querySelector(".tree").scrollTop = 2200`);
    await page.getByText("tool1105 --run").waitFor();
    const place = async (): Promise<number | undefined> =>
      (await page.getByText("tool1105 --run").boundingBox())?.y;
    const before = await place();
    await view.events(manyRoots(1_600, 50));
    await page.getByRole("button", { name: "50 new" }).waitFor();
    expect(await place()).toBe(before);
    await view.events(manyRoots(500, 70));
    await page.getByRole("button", { name: "120 new" }).waitFor();
    await page.waitForTimeout(200);
    expect(await place()).toBe(before);
    await page.getByRole("button", { name: "120 new" }).click();
    await page.getByText("tool1649 --run").waitFor();
    await page.close();
  });

  it("tells of new rows as far as they match the filter", async () => {
    const view = await host.open(THEMES.dark);
    await view.events(manyRoots(1_000, 500));
    const { page } = view;
    await page.getByText("tool1499 --run").waitFor();
    await page.evaluate(`document.querySelector(".tree").scrollTop = 2200`);
    await page.getByText("tool1105 --run").waitFor();
    await page.locator("vscode-text-field input").fill("tool1");
    await view.sent("filter");
    await view.events(manyRoots(2_000, 30));
    await view.events(manyRoots(1_900, 20));
    await page.getByRole("button", { name: "20 new" }).waitFor();
    await page.close();
  });

  it("shows losses as rows", async () => {
    const view = await host.open(THEMES.dark);
    await view.events(lostLine(37, START_MS));
    const row = view.page.getByRole("row").filter({ hasText: "37 execs lost here on node-a" });
    expect(await row.innerText()).toContain("the ring buffer was full");
    await view.page.close();
  });

  it("opens what is folded", async () => {
    const { page } = await withStory();
    const fold = page.getByRole("row").filter({ hasText: "cc ×400" });
    expect(await fold.innerText()).toContain("4 failed");
    await fold.locator(".twistie").click();
    await page.getByText("net/socket3.c").waitFor();
    await page.close();
  });

  it("pauses, says how many wait, and goes on", async () => {
    const view = await withStory();
    await view.page.getByRole("button", { name: "Pause" }).click();
    await view.events(execLine({ id: "5.5.1", argv: ["late"], atMs: START_MS + 90_000 }));
    await view.page.getByRole("button", { name: "Resume · 1 waiting" }).click();
    await view.page.getByText("late", { exact: true }).waitFor();
    await view.page.close();
  });

  it("passes exports on", async () => {
    const view = await withStory();
    await view.page.getByRole("button", { name: "Export…" }).click();
    expect((await view.sent("command"))[0]?.command).toBe("export");
    await view.post({ type: "export", id: 9, scope: "everything" });
    expect((await view.sent("exported"))[0]).toMatchObject({ id: 9, done: true });
    await view.page.close();
  });

  it("does what a row's context menu asks, and gives it the row", async () => {
    const view = await withStory();
    const row = view.page.getByRole("row").filter({ hasText: "vitest run" });
    expect(JSON.parse((await row.getAttribute("data-vscode-context")) ?? "")).toMatchObject({
      ...{ webviewSection: "row", rowActions: ROW_ACTIONS.join(" ") },
    });
    await view.post({ type: "rowAction", action: "filterUser", row: await rowOf(view, "vitest run") });
    expect((await view.sent("filter"))[0]?.filter.usernames).toEqual(["zac"]);
    await view.page.getByRole("button", { name: "Remove user: zac" }).click();
    expect((await view.sent("filter"))[0]?.filter.usernames).toEqual([]);
    await view.page.close();
  });

  it("explains the filter by examples, and takes one over", async () => {
    const view = await withStory();
    await view.page.locator("vscode-text-field input").fill("docker");
    await view.page.getByRole("button", { name: "Filter syntax" }).click();
    const help = view.page.getByRole("group", { name: "Filter syntax" });
    await help.getByRole("button", { name: "duration:>1s" }).click();
    await view.until(`window.sent.some(({ filter }) => filter?.expression === "docker duration:>1s")`);
    await view.page.keyboard.press("Escape");
    await view.page.getByRole("treegrid").click();
    await help.waitFor({ state: "hidden" });
    await view.page.close();
  });

  it("says that a word with a dash before it is excluded, and looks for the dash when told to", async () => {
    const view = await withStory();
    const box = view.page.locator("vscode-text-field input");
    await box.fill("ls -la");
    await view.page.getByRole("status").getByText("without “la”").waitFor();
    await view.page.getByRole("button", { name: "find “-la” instead" }).click();
    await expect.poll(() => box.inputValue()).toBe('ls "-la"');
    await view.page.getByText("without “la”").waitFor({ state: "detached" });
    expect((await view.sent("filter")).at(-1)?.filter.expression).toBe('ls "-la"');
    await view.page.close();
  });

  it("says that it is disconnected, and keeps the rows", async () => {
    const view = await withStory();
    const state = {
      type: "disconnected",
      sinceMs: START_MS,
      why: "the socket was closed.",
      retryMs: undefined,
    } as const;
    await view.post({ type: "source", source: { id: "node-a", kind: "tracer", name: "node-a", state } });
    await view.page.getByText("Disconnected from node-a").waitFor();
    expect(await view.page.getByText("make -j8").isVisible()).toBe(true);
    await view.page.close();
  });

  it("goes on counting down to the next try without having it read out", async () => {
    const view = await withStory();
    const state = { type: "disconnected", sinceMs: START_MS, why: "gone.", retryMs: 3_600_000 } as const;
    await view.post({ type: "source", source: { id: "node-a", kind: "tracer", name: "node-a", state } });
    const notice = view.page.locator(".notice");
    await notice.waitFor();
    const before = await notice.innerText();
    await view.page.evaluate(`new MutationObserver((changes) => {
      for (const { target } of changes)
        if ((target instanceof Element ? target : target.parentElement).closest("[aria-live=off]") === null) window.readOut = true;
    }).observe(document.querySelector(".notices"), { childList: true, characterData: true, subtree: true })`);
    await view.post({
      type: "source",
      source: { id: "node-a", kind: "tracer", name: "node-a", state: { ...state, retryMs: 1_800_000 } },
    });
    await view.until(`document.querySelector(".notice").innerText !== ${JSON.stringify(before)}`);
    expect(await view.page.evaluate("window.readOut")).toBeUndefined();
    await view.page.close();
  });

  it("updates the details when the process ends", async () => {
    const view = await host.open(THEMES.dark);
    await view.events(execLine({ id: "1.1.1", argv: ["sleep", "9"] }));
    await view.page.getByRole("row").filter({ hasText: "sleep" }).click();
    await view.page.locator(".fields").getByText("still running").waitFor();
    await view.events(exitLine("1.1.1", START_MS + 9_000, 9_000, { exit_code: 3 }));
    await view.page.locator(".fields").getByText("after 9 s, exit 3").waitFor();
    await view.page.close();
  });

  it("makes a filter of a range that is dragged on the timeline", async () => {
    const { page } = await withStory();
    const box = await page.locator(".timeline .u-over").boundingBox();
    if (box === null) throw new Error("the timeline is not drawn");
    await page.mouse.move(box.x + 300, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 600, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await page.getByRole("button", { name: /^Remove (11-23 )?\d\d:\d\d/ }).click();
    await page.locator(".chip").waitFor({ state: "detached" });
    await page.close();
  });

  it("makes a filter of a range that is chosen on the timeline by key, and says what is in it", async () => {
    const view = await withStory();
    const { page } = view;
    await page.locator(".timeline .u-over").waitFor();
    const timeline = page.getByRole("slider");
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("Shift+Tab");
    // A control of the header may be on the way.
    for (
      let tries = 0;
      tries < 20 && !(await timeline.evaluate((one) => one === document.activeElement));
      tries++
    )
      await page.keyboard.press("Shift+Tab");
    const spoken = async (): Promise<string> => (await timeline.getAttribute("aria-valuetext")) ?? "";
    expect(await spoken()).toMatch(/, \d+ execs?/);
    await page.keyboard.press("Home");
    expect(await spoken()).toMatch(/, 1 exec$/);
    for (let bar = 0; bar < 25; bar++) await page.keyboard.press("Shift+ArrowRight");
    expect(await spoken()).toMatch(/ – .*, \d+ execs, 1 failed$/);
    expect(await page.locator(".timeline-title").innerText()).toContain("Enter to apply");
    await checkAxe(view);
    await page.keyboard.press("Enter");
    const chip = page.getByRole("button", { name: /^Remove (11-23 )?\d\d:\d\d/ });
    await chip.waitFor();
    await view.until(`window.sent.some(({ status }) => status?.range !== undefined)`);
    const ranges = (await view.sent("status")).map(({ status }) => status.range);
    expect(ranges.at(-1)).toEqual([START_MS, START_MS + 26_000]);
    await page.keyboard.press("Escape");
    await chip.waitFor({ state: "detached" });
    await page.keyboard.press("Tab");
    expect(await spoken()).toBe("");
    expect(view.problems).toEqual([]);
    await page.close();
  });

  it("opens the details below the tree where beside it a command would be cut, and keeps their row on the screen", async () => {
    const { page } = await withStory();
    const row = page.getByRole("row").filter({ hasText: "git rev-parse" });
    const details = page.getByRole("region", { name: "Details" });
    for (const [width, isBelow] of [
      [1_100, true],
      [1_400, false],
    ] as const) {
      await page.setViewportSize({ width, height: 500 });
      await row.click();
      await details.waitFor();
      const [tree, pane] = [await page.getByRole("treegrid").boundingBox(), await details.boundingBox()];
      if (tree === null || pane === null) throw new Error("there is no tree or no pane");
      expect([pane.y >= tree.y + tree.height, pane.x >= tree.x + tree.width]).toEqual([isBelow, !isBelow]);
      const command = await page.getByRole("columnheader", { name: "Command" }).boundingBox();
      expect(command?.width).toBeGreaterThan(400);
      await expect
        .poll(async () => {
          const seen = await row.boundingBox();
          return seen !== null && seen.y + seen.height <= tree.y + tree.height;
        })
        .toBe(true);
      await page.getByRole("button", { name: "Close details" }).click();
      await page.getByRole("button", { name: "Details" }).click();
    }
    await page.close();
  });

  it("goes to the details and back by key", async () => {
    const { page } = await withStory();
    await page.getByRole("treegrid").focus();
    for (const key of ["Home", "Enter"]) await page.keyboard.press(key);
    const focused = (selector: string): Promise<unknown> =>
      page.evaluate(`document.querySelector(${JSON.stringify(selector)}) === document.activeElement`);
    expect(await focused(".details-body")).toBe(true);
    await page.keyboard.press("Escape");
    expect(await focused(".tree")).toBe(true);
    await page.close();
  });

  it("shows the columns that the user ticks, and tells the extension", async () => {
    const view = await withStory();
    await view.page.getByRole("button", { name: "Columns" }).click();
    await view.page.getByRole("checkbox", { name: "Directory" }).click();
    expect((await view.sent("settings"))[0]?.columns).toContain("cwd");
    await view.page.getByRole("columnheader", { name: "Directory" }).waitFor();
    await view.page.close();
  });
});
