import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { recordedLog } from "./support/recordedLog.ts";
import { useEditorHost } from "./support/useEditorHost.ts";
import { VIRTUAL_FILE, VIRTUAL_FOLDER } from "./support/virtualFolder.ts";

describeBrowser("an editor", () => {
  const host = useEditorHost({ tracer: true, trusts: false, virtual: true });

  /** The extension has connected by itself, and shows what runs. */
  async function expectUsable(argument: string, program = "/bin/echo"): Promise<void> {
    const { editor } = host();
    await editor.showViews();
    await editor.treeItem(host().username).waitFor();
    await editor.openStream();
    await host().run([program, argument]);
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

  it("with a folder that is on no disk does so, too", async () => {
    const { editor, server } = host();
    await editor.page.goto(new URL(`?folder=${VIRTUAL_FOLDER}`, server.address).href);
    await editor.page.locator(".explorer-folders-view").getByText(VIRTUAL_FILE).waitFor();
    // Three of the same program would be folded into one row.
    await expectUsable("in-a-virtual-folder", "/usr/bin/printf");
    const log = join(host().traced.directory, "recorded.jsonl");
    writeFileSync(log, recordedLog());
    await editor.openLogFile(log);
    // It is long ago, and the newest rows are shown.
    await editor.filterRows("git rev-parse");
    await editor.rows("git rev-parse").waitFor();
  });
});
