import { it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the walkthrough", () => {
  const host = useEditorHost({ tracer: true });

  it("ticks its first step where the editor had connected before it was opened", async () => {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await editor.runCommand("Welcome: Open Walkthrough...");
    await editor.choices.filter({ hasText: "Get Started with Workspace Process Logging" }).click();
    const step = editor.page.locator(".getting-started-step", {
      hasText: "Connect to a tracer or a cluster",
    });
    await step.waitFor();
    await step.locator(".codicon.complete").waitFor();
  });
});
