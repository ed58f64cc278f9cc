import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("an admin's first minute", () => {
  const host = useEditorHost({ tracer: true });

  it("shows what runs in the editor's own terminal, under its user and workspace", async () => {
    const { editor } = host();
    await editor.openStream();
    await editor.openTerminal();
    await editor.runInTerminal("uname -a");
    const row = editor.rows("uname -a");
    await row.waitFor();
    expect(await row.getByRole("gridcell").allTextContents()).toEqual(
      expect.arrayContaining([host().username, host().workspaceName]),
    );
    expect(await row.getAttribute("aria-level")).not.toBe("1");
  });

  it("lists the workspace below its user in the view", async () => {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await editor.treeItem(host().workspaceName).waitFor();
  });

  it("shows how the program ended", async () => {
    const { editor } = host();
    await editor.runInTerminal("sh -c 'exit 42'");
    await editor.terminalRows("sh -c 'exit 42'").waitFor();
    const row = editor.rows("sh -c 'exit 42'");
    await row.waitFor();
    await row.getByRole("gridcell").filter({ hasText: /^42$/ }).waitFor();
  });
});
