import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, chromiumObstacle } from "../browser/support/chromium.ts";
import { bundleView } from "./support/bundle.ts";
import { story } from "./support/story.ts";
import { THEMES } from "./support/themes.ts";
import { ViewHost } from "./support/viewPage.ts";
import type { ViewPage } from "./support/viewPage.ts";

interface Place {
  readonly name: string;
  readonly top: number;
  readonly left: number;
  readonly right: number;
  readonly words: boolean;
}

describe.skipIf(chromiumObstacle() !== undefined)("the toolbar of the process stream", () => {
  let host: ViewHost;

  beforeAll(async () => {
    host = await ViewHost.start(await bundleView("webview/worker/main.ts"), CHROMIUM);
  });
  afterAll(() => host.stop());

  async function withStory(width: number, paused: boolean): Promise<ViewPage> {
    const view = await host.open(THEMES.dark);
    await view.page.setViewportSize({ width, height: 600 });
    await view.events(story());
    await view.page.getByRole("row").filter({ hasText: "git rev-parse" }).waitFor();
    if (paused) {
      await view.post({ type: "pause" });
      await view.events(story().replaceAll(".1.1", ".2.1"));
      await view.page.getByText("waiting").waitFor();
    }
    return view;
  }

  function places(view: ViewPage): Promise<readonly Place[]> {
    return view.page
      .evaluate(`[...document.querySelectorAll(".toolbar .filter, .toolbar .buttons vscode-button, .toolbar .counts, .toolbar > vscode-button")].map((part) => {
      const { top, height, left, right } = part.getBoundingClientRect();
      const label = part.querySelector(".label");
      const name = part.getAttribute("aria-label") ?? part.className;
      return { name, top: top + height / 2, left, right, words: label !== null && getComputedStyle(label).display !== "none" };
    })`);
  }

  it.each([
    [1_400, false, "words"],
    [1_400, true, "words"],
    [1_000, false, "icons"],
    [1_000, true, "icons"],
    [700, false, "icons"],
    [700, true, "icons"],
    [560, true, "icons"],
  ] as const)("is one line at %i px (paused: %s), with %s", async (width, paused, look) => {
    const view = await withStory(width, paused);
    const all = await places(view);
    expect(all).toHaveLength(8);
    for (const [index, { name, top, left, right }] of all.entries()) {
      expect(Math.abs(top - (all[0]?.top ?? 0)), name).toBeLessThan(3);
      expect(left, name).toBeGreaterThanOrEqual(all[index - 1]?.right ?? 0);
      expect(right, name).toBeLessThanOrEqual(width);
    }
    const withWords = all.filter(({ words }) => words).map(({ name }) => name);
    const told: unknown[] = paused ? [expect.stringMatching(/^Resume · \d+ waiting$/)] : ["Pause"];
    if (look === "words")
      expect(withWords).toEqual(["Following", ...told, "Fold repeats", "Columns", "Export…"]);
    else expect(withWords).toEqual(paused ? told : []);
    const named: (string | null)[][] = await view.page.evaluate(
      `[...document.querySelectorAll(".toolbar .buttons vscode-button, .toolbar > vscode-button")].map((button) => ["title", "aria-label"].map((name) => button.getAttribute(name)))`,
    );
    expect(named).toHaveLength(6);
    for (const [title, label] of named) expect(title).toBe(label);
    await view.page.close();
  });

  it.each([700, 640])(
    "tells in full what was lost, at %i px, without room for all the numbers",
    async (width) => {
      const view = await withStory(width, false);
      const cut: boolean = await view.page.evaluate(`(() => {
      const counts = document.querySelector(".counts").getBoundingClientRect();
      const lost = document.querySelector(".counts .count.loss").getBoundingClientRect();
      return lost.width === 0 || lost.right > counts.right + 0.5 || counts.right > innerWidth;
    })()`);
      expect(cut).toBe(false);
      await view.page.close();
    },
  );

  it.each([1_400, 700, 400])(
    "explains the filter within the page at %i px, with no example cut",
    async (width) => {
      const view = await withStory(width, false);
      await view.page.getByRole("button", { name: "Filter syntax" }).click();
      const box = await view.page.getByRole("group", { name: "Filter syntax" }).boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(width);
      const wider: boolean = await view.page.evaluate(
        `(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector(".filter .popover"))`,
      );
      expect(wider).toBe(false);
      await view.page.close();
    },
  );

  it("shows no cut number of execs, and the details below the rows, where it is narrow", async () => {
    const view = await withStory(600, false);
    const first = view.page.locator(".counts .count").first();
    expect(await first.isVisible()).toBe(false);
    expect(await view.page.locator(".counts").getAttribute("title")).toContain("execs");
    await view.page.getByRole("row").filter({ hasText: "git rev-parse" }).click();
    const [tree, details] = await Promise.all(
      [".tree", ".details"].map((part) => view.page.locator(part).boundingBox()),
    );
    expect(details?.y).toBeGreaterThanOrEqual((tree?.y ?? 0) + (tree?.height ?? 0) - 1);
    expect(details?.width).toBeGreaterThan(590);
    await view.page.close();
  });

  it("is two lines where it is very narrow: the filter, and all the rest", async () => {
    const view = await withStory(400, true);
    const [filter, ...rest] = await places(view);
    for (const { name, top, right } of rest) {
      expect(top, name).toBeGreaterThan((filter?.top ?? 0) + 10);
      expect(Math.abs(top - (rest[0]?.top ?? 0)), name).toBeLessThan(3);
      expect(right, name).toBeLessThanOrEqual(400);
    }
    expect(filter?.right).toBeGreaterThan(370);
    await view.page.close();
  });

  it("opens the columns within the page, however narrow it is", async () => {
    const view = await withStory(400, false);
    await view.page.getByRole("button", { name: "Columns" }).click();
    const box = await view.page.getByRole("group", { name: "Columns" }).boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(400);
    await view.page.close();
  });
});
