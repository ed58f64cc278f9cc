import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

const NODES = /[01] of 1 node/;

describeBrowser("what a node's history knows, in the editor", () => {
  const host = useEditorHost({
    tracer: true,
    earlier: [
      { argv: ["wget", "weeks-ago"], minutesAgo: 20_000 },
      { argv: ["curl", "an-hour-ago"], minutesAgo: 60 },
      { argv: ["curl", "minutes-ago"], minutesAgo: 5 },
    ],
  });

  /** Opens the search and chooses when; the field for what is sought is then open. */
  async function beginSearch(when: string): Promise<void> {
    const { editor } = host();
    await editor.runCommand("Process Logging: Search History…");
    await editor.choices.filter({ hasText: when }).first().click();
    await editor.page.locator(".quick-input-message", { hasText: "A part of the command line" }).waitFor();
  }

  it("opens the stream with the last minutes from before the service started", async () => {
    const { editor } = host();
    await editor.openStream();
    await editor.filterRows("ago");
    await editor.rows("curl minutes-ago").waitFor();
    expect(await editor.rows("an-hour-ago").count()).toBe(0);
  });

  it("adds what ran before that, above it", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Load Earlier");
    await editor.rows("curl an-hour-ago").waitFor();
    await editor.rows("wget weeks-ago").waitFor();
    const rows = await editor.rows(/-ago/).allTextContents();
    expect(rows.map((text) => /\w+-\w*-?ago/.exec(text)?.[0])).toEqual([
      "weeks-ago",
      "an-hour-ago",
      "minutes-ago",
    ]);
  });

  it("says that there is nothing earlier once all is there", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Load Earlier");
    await editor.notifications.filter({ hasText: "There is nothing earlier" }).waitFor();
    await editor.runCommand("Notifications: Clear All Notifications");
  });

  it("finds by a part of the command line what ran in a time", async () => {
    const { editor } = host();
    await beginSearch("The last day");
    await editor.typeChoice("curl");
    await editor.page.keyboard.press("Enter");
    await editor.notifications.filter({ hasText: "Found 2 events." }).waitFor();
    await editor.showViews();
    await editor.treeItem("Search 1: curl").waitFor();
    await editor.runCommand("Notifications: Clear All Notifications");
  });

  it("finds by a regular expression what ran at any time", async () => {
    const { editor } = host();
    await beginSearch("All that is kept");
    await editor.typeChoice("/^(curl|wget) .*s-ago$/");
    await editor.page.keyboard.press("Enter");
    await editor.notifications.filter({ hasText: "Found 2 events." }).waitFor();
    await editor.runCommand("Notifications: Clear All Notifications");
  });

  it("offers the time that was chosen in the timeline", async () => {
    const { editor } = host();
    const chart = editor.stream.locator(".timeline .u-over");
    const box = await chart.boundingBox();
    if (box === null) throw new Error("there is no timeline");
    await editor.page.mouse.move(box.x, box.y + box.height / 2);
    await editor.page.mouse.down();
    await editor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
    await editor.page.mouse.up();
    // Not where the lists open.
    await editor.page.mouse.move(box.x + 20, box.y + box.height + 300);
    await editor.rows("minutes-ago").first().waitFor({ state: "detached" });
    await beginSearch("The time range chosen in the timeline");
    await editor.typeChoice("ago");
    await editor.page.keyboard.press("Enter");
    await editor.notifications.filter({ hasText: "Found 1 event." }).waitFor();
    await editor.runCommand("Notifications: Clear All Notifications");
  });

  it("shows how far a search is, and ends it when asked", async () => {
    const { editor, pauseTracer } = host();
    const resume = pauseTracer();
    try {
      await beginSearch("All that is kept");
      await editor.page.keyboard.press("Enter");
      const progress = editor.notifications.filter({ hasText: NODES });
      await progress.waitFor();
      await progress.hover();
      await progress.getByRole("button", { name: "Cancel" }).click();
      await progress.waitFor({ state: "detached" });
      expect(await editor.notifications.filter({ hasText: "Found" }).count()).toBe(0);
    } finally {
      resume();
    }
  });
});
