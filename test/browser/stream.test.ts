import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { until } from "../service/support/until.ts";
import { COMPILATIONS, recordedLog } from "./support/recordedLog.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the process stream of a recorded log", () => {
  const host = useEditorHost({ tracer: false });
  const recorded = (): string => join(host().traced.directory, "recorded.jsonl");

  it("opens from the palette", async () => {
    writeFileSync(recorded(), recordedLog());
    await host().editor.openLogFile(recorded());
    await host().editor.rows("git rev-parse").waitFor();
  });

  it("shows a loss as a row of the tree", async () => {
    await host()
      .editor.rows(/37 execs lost here/)
      .waitFor();
  });

  it("folds siblings that run the same program into a row that opens", async () => {
    const fold = host().editor.rows(`cc ×${COMPILATIONS}`);
    await fold.waitFor();
    expect(await fold.getAttribute("aria-expanded")).toBe("false");
    expect(await host().editor.rows("net/socket0.c").count()).toBe(0);
    await fold.click();
    await host().editor.page.keyboard.press("ArrowRight");
    await host().editor.rows("net/socket0.c").waitFor();
    expect(await fold.getAttribute("aria-expanded")).toBe("true");
    await host().editor.page.keyboard.press("ArrowLeft");
    await host().editor.rows("net/socket0.c").waitFor({ state: "detached" });
  });

  it("has a menu for a row, with what can be done on it", async () => {
    const { editor } = host();
    const titles = async (row: string | RegExp): Promise<readonly string[]> => {
      await editor.rows(row).first().click({ button: "right" });
      await editor.menuItems.first().waitFor();
      return editor.menuItems.allInnerTexts();
    };
    expect(await titles("git rev-parse")).toEqual([
      "Only This Subtree",
      "Hide This Program",
      "Filter by This User",
      "Filter by This Workspace",
      "Copy Command Line",
      "Copy as JSON",
    ]);
    await editor.chooseFromMenu("Hide This Program");
    await editor.rows("git rev-parse").waitFor({ state: "detached" });
    await editor.stream.getByRole("button", { name: "Remove hidden: git" }).click();
    await editor.rows("git rev-parse").waitFor();
    expect(await titles(/37 execs lost here/)).toEqual(["Filter by This User", "Filter by This Workspace"]);
    await editor.page.keyboard.press("Escape");
    await editor.rows("git rev-parse").click();
    await editor.page.keyboard.press("ContextMenu");
    await editor.chooseFromMenu("Copy Command Line");
    const copied = (): Promise<unknown> => editor.page.evaluate("navigator.clipboard.readText()");
    await expect.poll(copied, { timeout: 10_000 }).toBe("git rev-parse HEAD");
  });

  it("keeps its rows while its tab is hidden and after it was shown again", async () => {
    const { editor } = host();
    await editor.runCommand("File: New Untitled Text File");
    await editor.rows("git rev-parse").waitFor({ state: "hidden" });
    await editor.runCommand("View: Close Editor");
    await editor.rows("git rev-parse").waitFor();
  });

  it("exports everything as the log's own lines, which open again with the same rows", async () => {
    const { editor, traced } = host();
    const file = join(traced.directory, "export.jsonl");
    await editor.runAndChoose("Process Logging: Export…", "Everything: the log's own JSON lines");
    await editor.page.locator(".quick-input-title", { hasText: "Export" }).waitFor();
    await editor.chooseFile(file);
    await editor.notifications.filter({ hasText: /Exported \d/ }).waitFor();
    const sorted = (path: string): string[] => readFileSync(path, "utf8").trimEnd().split("\n").sort();
    expect(sorted(file)).toEqual(sorted(recorded()));

    await editor.runCommand("Process Logging: Disconnect");
    await editor.rows("git rev-parse").waitFor({ state: "detached" });
    await editor.openLogFile(file);
    await editor.rows("git rev-parse").waitFor();
    await editor.rows(/37 execs lost here/).waitFor();
    await editor.rows(`cc ×${COMPILATIONS}`).waitFor();
  });

  it("exports what is shown as CSV", async () => {
    const { editor, traced } = host();
    const file = join(traced.directory, "export.csv");
    await editor.runAndChoose("Process Logging: Export…", "What is shown: CSV");
    await editor.page.locator(".quick-input-title", { hasText: "Export" }).waitFor();
    await editor.chooseFile(file);
    await until("the file is written", () => {
      try {
        return readFileSync(file, "utf8").includes("git rev-parse HEAD");
      } catch {
        return false;
      }
    });
  });

  it("comes back after a reload of the page", async () => {
    const { editor } = host();
    await editor.reload();
    // The editor may bring back another tab that was closed only just now, and before ours.
    await editor.page.locator(".tabs-container").getByRole("tab", { name: "Process Stream" }).click();
    await editor.stream.getByRole("treegrid").waitFor();
  });
});
