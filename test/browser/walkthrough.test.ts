import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the walkthrough", () => {
  const host = useEditorHost({ tracer: true });

  const step = (title: string) => host().editor.page.locator(".getting-started-step", { hasText: title });
  const tick = (title: string) => step(title).locator(".codicon.complete");

  /** Opens the step and presses its button, which may open something in front of the walkthrough. */
  async function press(title: string, button: string): Promise<void> {
    const { page } = host().editor;
    await step(title).click();
    await step(title).getByRole("button", { name: button }).click();
    await page.locator(".tabs-container").getByRole("tab", { name: "Walkthrough" }).click();
  }

  it("ticks its first step where the editor had connected before it was opened", async () => {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await editor.runCommand("Welcome: Open Walkthrough...");
    await editor.choices.filter({ hasText: "Get Started with Workspace Process Logging" }).click();
    await tick("Connect to a tracer or a cluster").waitFor();
  });

  it.each([
    ["See the workspaces", "Show Workspaces"],
    ["Watch processes live", "Open Process Stream"],
    ["Take it with you", "Copy CloudWatch Query"],
  ])("ticks “%s” once its button was pressed", async (title, button) => {
    await press(title, button);
    await tick(title).waitFor();
  });

  it("ticks that something was filtered once it was", async () => {
    const { editor } = host();
    expect(await tick("Ask for one user").count()).toBe(0);
    await step("Ask for one user").click();
    await step("Ask for one user").getByRole("button", { name: "Filter by Username…" }).click();
    await editor.toggleChoice(host().username);
    await editor.accept();
    await tick("Ask for one user").waitFor();
  });
});
