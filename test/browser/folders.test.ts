import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("an editor", () => {
  const host = useEditorHost({ tracer: true, trusts: false });

  /** The extension has connected by itself, and shows what runs. */
  async function expectUsable(argument: string): Promise<void> {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await editor.openStream();
    await host().run(["/bin/echo", argument]);
    await editor.rows(argument).waitFor();
  }

  it("with a folder that nobody trusts shows what runs", async () => {
    await host().editor.page.locator(".statusbar", { hasText: "Restricted Mode" }).waitFor();
    await expectUsable("in-no-trusted-folder");
  });

  it("without a folder does so, too", async () => {
    const { editor, server } = host();
    await editor.page.goto(new URL("?ew=true", server.address).href);
    await expectUsable("in-no-folder");
    expect(await editor.page.title()).not.toContain("folder");
  });
});
