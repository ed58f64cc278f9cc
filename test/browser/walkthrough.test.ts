import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the walkthrough", () => {
  const host = useEditorHost({ tracer: true });

  const step = (title: string): Locator =>
    host().editor.page.locator(".getting-started-step", { hasText: title });
  const tick = (title: string): Locator => step(title).locator(".codicon.complete");

  async function open(): Promise<void> {
    const { editor } = host();
    await editor.runCommand("Welcome: Open Walkthrough...");
    await editor.choices.filter({ hasText: "Get Started with Workspace Process Logging" }).click();
    await step("Connect to a tracer or a cluster").waitFor();
  }

  async function press(title: string, button: string): Promise<void> {
    await step(title).click();
    await step(title).getByRole("button", { name: button }).click();
  }

  it("ticks its first step where the editor had connected before it was opened", async () => {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await open();
    await tick("Connect to a tracer or a cluster").waitFor();
  });

  it("ticks that something was filtered once it was", async () => {
    const { editor } = host();
    expect(await tick("Ask for one user").count()).toBe(0);
    await press("Ask for one user", "Filter by Username…");
    await editor.toggleChoice(host().username);
    await editor.accept();
    await tick("Ask for one user").waitFor();
  });

  it.each([
    ["See the workspaces", "Show Workspaces"],
    ["Take it with you", "Copy CloudWatch Query"],
    ["Watch processes live", "Open Process Stream"],
  ])("ticks “%s” once its button was pressed", async (title, button) => {
    await press(title, button);
    // What it opened may be in front of the walkthrough.
    await open();
    await tick(title).waitFor();
  });
});
