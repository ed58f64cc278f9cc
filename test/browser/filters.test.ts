import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("filters of the palette", () => {
  const host = useEditorHost({ tracer: true });

  it("starts with the programs of all workspaces", async () => {
    const { editor } = host();
    await editor.openStream();
    await host().run(["/bin/echo", "by-jessie"], "jessie", "main");
    await host().run(["/bin/echo", "by-zac"], "zac", "code");
    await host().run(["/bin/echo", "by-zac-too"], "zac", "main");
    for (const argument of ["by-jessie", "by-zac-too"]) await editor.rows(argument).waitFor();
    await editor.rows(/by-zac(?!-)/).waitFor();
  });

  it("shows the programs of the chosen user only", async () => {
    const { editor } = host();
    // A name's counts are those of when it came into the list.
    await editor.showViews();
    await editor.treeItem("zac").filter({ hasText: "2 workspaces" }).waitFor();
    await editor.runCommand("Process Logging: Filter by Username…");
    await editor.choices.filter({ hasText: /zac.*2 workspaces, \d+ programs/ }).waitFor();
    await editor.toggleChoice("zac");
    await editor.accept();
    await editor.rows("by-jessie").waitFor({ state: "detached" });
    await editor.rows("by-zac-too").waitFor();
  });

  it("shows the programs of the chosen workspace only", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Filter by Workspace…");
    await editor.toggleChoice("zac/code");
    await editor.accept();
    await editor.rows("by-zac-too").waitFor({ state: "detached" });
    await editor.rows("by-zac").waitFor();
    await editor.page.locator(".sidebar .pane-header .description", { hasText: "zac · zac/code" }).waitFor();
  });

  it("shows everything again once the filters are cleared", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Clear Filters");
    await editor.rows("by-jessie").waitFor();
    await editor.rows("by-zac-too").waitFor();
  });

  it("takes a command, and an expression that it remembers", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Filter by Command…");
    await editor.page.locator(".quick-input-message", { hasText: "A program" }).waitFor();
    await editor.typeChoice("/echo (/");
    await editor.page.locator(".quick-input-message", { hasText: "not a regular expression" }).waitFor();
    await editor.typeChoice("echo by-jessie");
    await editor.page.keyboard.press("Enter");
    await editor.rows("by-zac-too").waitFor({ state: "detached" });
    await editor.rows("by-jessie").waitFor();
    await editor.runCommand("Process Logging: Filter by Expression…");
    await editor.choices.filter({ hasText: "what is typed" }).waitFor();
    await editor.typeChoice("by-zac space:code");
    await editor.choices.filter({ hasText: "there is no field “space:”" }).waitFor();
    await editor.page.keyboard.press("Enter");
    await editor.typeChoice("by-zac user:zac workspace:code");
    await editor.page.keyboard.press("Enter");
    await editor.rows("by-jessie").waitFor({ state: "detached" });
    await editor.rows("by-zac").waitFor();
    await editor.runCommand("Process Logging: Clear Filters");
    await editor.rows("by-jessie").waitFor();
    await editor.runCommand("Process Logging: Filter by Expression…");
    await editor.choices.filter({ hasText: "used before" }).getByText("by-zac user:zac").click();
    await editor.rows("by-jessie").waitFor({ state: "detached" });
    await editor.runCommand("Process Logging: Clear Filters");
    await editor.rows("by-jessie").waitFor();
  });

  it("has what appears while the list is open, and keeps what is ticked and typed", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Filter by Workspace…");
    await editor.toggleChoice("zac/code");
    await host().run(["/bin/true"], "zac", "late");
    await editor.choices.filter({ hasText: /zac\/late/ }).waitFor();
    await editor.typeChoice("late");
    await host().run(["/bin/true"], "zac", "later");
    await editor.choices.filter({ hasText: /zac\/later/ }).waitFor();
    expect(await editor.choices.filter({ hasText: /zac\/code/ }).count()).toBe(0);
    await editor.typeChoice("");
    await editor.accept();
    await editor.page.locator(".sidebar .pane-header .description", { hasText: "zac/code" }).waitFor();
    await editor.runCommand("Process Logging: Clear Filters");
  });

  it("lets the tooltip of a busy workspace be read", async () => {
    const { editor } = host();
    await editor.page.keyboard.press("Escape");
    await editor.showViews();
    const busy = host().run(
      ["/bin/sh", "-c", "for i in $(seq 80); do /bin/true; sleep 0.1; done"],
      "zac",
      "code",
    );
    const tooltip = editor.page.locator(".workbench-hover", { hasText: "workspace_name: code" });
    const item = editor.treeItem("code");
    // A change of the item before its tooltip is there keeps it away until the mouse moves again.
    for (let x = 40; !(await tooltip.isVisible()); x++) {
      await item.hover({ position: { x, y: 10 } });
      await tooltip.waitFor({ timeout: 1_000 }).catch(() => undefined);
    }
    await editor.page.waitForTimeout(3_000);
    expect(await tooltip.isVisible()).toBe(true);
    await busy;
  });

  it("keeps what is selected and has the focus while it is busy", async () => {
    const { editor } = host();
    const [code, other] = [editor.treeItem("code"), editor.treeItem("late")];
    await code.click();
    await other.click({ modifiers: ["Control"] });
    for (let second = 0; second < 3; second++) {
      await host().run(["/bin/echo", `busy-${second}`], "zac", "code");
      await host().run(["/bin/echo", `busy-${second}`], "zac", "late");
      await code.filter({ hasText: `busy-${second}` }).waitFor();
    }
    for (const item of [code, other]) expect(await item.getAttribute("aria-selected")).toBe("true");
    expect(await editor.page.locator(".sidebar .monaco-list-row.focused").innerText()).toContain("late");
  });

  it("takes a name that does not exist yet", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Filter by Username…");
    await editor.typeChoice("newcomer");
    await editor.toggleChoice("Use “newcomer”");
    await editor.accept();
    await editor.rows("by-jessie").waitFor({ state: "detached" });
    await host().run(["/bin/echo", "by-somebody-else"], "zac", "code");
    await host().run(["/bin/echo", "by-newcomer"], "newcomer", "main");
    await editor.rows("by-newcomer").waitFor();
    expect(await editor.rows("by-somebody-else").count()).toBe(0);
  });
});
