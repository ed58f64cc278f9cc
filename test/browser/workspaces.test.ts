import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { execLine } from "../webview/support/lines.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

/** So many users are shown with their workspaces; more are folded. */
const MOST_UNFOLDED = 200;

describeBrowser("the view of workspaces", () => {
  const host = useEditorHost({ tracer: false });

  async function openLogOf(name: string, usernames: readonly string[]): Promise<void> {
    const { editor, traced } = host();
    const file = join(traced.directory, name);
    const lines = usernames.map((username, index) =>
      execLine({ id: `${1_000 + index}.1.1`, argv: ["true"], username, workspace: `of-${username}` }),
    );
    writeFileSync(file, lines.join(""));
    await editor.openLogFile(file);
  }

  it("shows 200 users with their workspaces", async () => {
    const { editor } = host();
    const usernames = Array.from({ length: MOST_UNFOLDED }, (_, index) => `user-${String(1_000 + index)}`);
    await openLogOf("two-hundred.jsonl", usernames);
    await editor.showViews();
    await editor.treeItem("of-user-1000").waitFor();
    expect(await editor.treeItem("user-1000").getAttribute("aria-expanded")).toBe("true");
  });

  it("folds a user who is one more, until somebody unfolds it", async () => {
    const { editor } = host();
    await openLogOf("one-more.jsonl", ["a-newcomer"]);
    const newcomer = editor.treeItem("a-newcomer");
    await newcomer.waitFor();
    expect(await newcomer.getAttribute("aria-expanded")).toBe("false");
    expect(await editor.treeItem("of-a-newcomer").count()).toBe(0);
    await newcomer.locator(".monaco-tl-twistie").click();
    await editor.treeItem("of-a-newcomer").waitFor();
  });
});
