import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

const USERS = Array.from({ length: 500 }, (_, index) => `user-${String(1_000 + index)}`);
const WORKSPACES = Array.from({ length: 20 }, (_, index) => `work-${String(10 + index)}`);

describeBrowser("10,000 workspaces of a host", () => {
  const host = useEditorHost({ tracer: false });

  it("come into the view, folded by user", async () => {
    const { editor, traced } = host();
    for (const user of USERS) {
      const { directory } = traced.workspace(user, "work-10");
      for (const name of WORKSPACES.slice(1)) mkdirSync(directory.replace(/work-10$/, name));
    }
    await host().startTracer();
    await editor.showViews();
    const user = editor.treeItem("user-1000");
    await user.filter({ hasText: "20 workspaces" }).waitFor();
    expect(await user.getAttribute("aria-expanded")).toBe("false");
    // The click unfolds it.
    await user.click();
    for (const key of ["ArrowLeft", "End"]) await editor.page.keyboard.press(key);
    await editor.treeItem("user-1499").filter({ hasText: "20 workspaces" }).waitFor();
    await editor.page.keyboard.press("Home");
  });

  it("are found by the palette, and filtered by it", async () => {
    const { editor } = host();
    await editor.openStream();
    for (const [command, name, echoed] of [
      ["Filter by Workspace…", "user-1321/work-17", "by-workspace"],
      ["Filter by Username…", "user-1321", "by-user"],
    ] as const) {
      await editor.runCommand(`Process Logging: ${command}`);
      await editor.typeChoice(name);
      await editor.toggleChoice(name);
      await editor.accept();
      await host().run(["/bin/echo", `not-${echoed}`], "user-1322", "work-17");
      await host().run(["/bin/echo", echoed], "user-1321", "work-17");
      await editor.rows(`echo ${echoed}`).waitFor();
      expect(await editor.rows(`not-${echoed}`).count()).toBe(0);
      await editor.runCommand("Process Logging: Clear Filters");
      await editor.rows(`not-${echoed}`).waitFor();
    }
  });

  it("are told apart by the box, too", async () => {
    const { editor } = host();
    await editor.filterRows("user:user-1322 echo");
    await editor.rows("echo by-user").waitFor({ state: "detached" });
    await editor.rows("not-by-user").waitFor();
    await editor.filterRows("");
    await editor.rows("echo by-user").waitFor();
  });

  it("keep what is open and selected while hundreds of them work", async () => {
    const { editor } = host();
    await editor.showViews();
    const user = editor.treeItem("user-1002");
    await user.locator(".monaco-tl-twistie").click();
    const selected = editor.treeItem("work-12");
    await selected.click();
    for (const name of USERS.slice(0, 200)) await host().run(["/bin/true"], name, "work-12");
    await selected.filter({ hasText: "true" }).waitFor();
    expect(await selected.getAttribute("aria-selected")).toBe("true");
    expect(await user.getAttribute("aria-expanded")).toBe("true");
  });
});
