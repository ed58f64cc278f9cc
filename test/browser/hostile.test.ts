import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { execLine } from "../webview/support/lines.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

/** Longest argument that Linux passes to a program: 128 KiB with its end. */
const LONGEST_ARGUMENT = 131_071;
const MEGABYTE = 1_000_000;

/** What a workspace's user may call a program, and how it has to be shown. */
const HOSTILE = [
  ["HTML", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ["a Markdown link", "[click](command:workbench.action.closeWindow)", "[click](command:workbench."],
  ["an icon", "$(trash)", "$(trash)"],
  ["an ANSI escape", "\u001b[31mred", "⟨U+001B⟩[31mred"],
  ["a bidirectional override", "exe.\u202egnp", "exe.⟨U+202E⟩gnp"],
  ["a zero-width space", "ad\u200bmin", "ad⟨U+200B⟩min"],
  ["a line break", "one\ntwo", "one⟨U+000A⟩two"],
] as const;

describeBrowser("hostile text", () => {
  const host = useEditorHost({ tracer: true });
  const dialogs: string[] = [];

  it("opens from a log, as the command, user and workspace of a program each", async () => {
    const { editor, traced } = host();
    editor.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const file = join(traced.directory, "hostile.jsonl");
    const lines = HOSTILE.map(([, text], index) =>
      execLine({
        id: `${50_000 + index}.1.1`,
        argv: [text, `hostile-${index}`],
        username: `user ${text}`,
        workspace: `workspace ${text}`,
      }),
    );
    lines.push(execLine({ id: "60000.1.1", argv: ["megabyte", `${"x".repeat(MEGABYTE - 4)}-end`] }));
    writeFileSync(file, lines.join(""));
    await editor.openLogFile(file);
    await editor.rows("hostile-0").waitFor();
  });

  it.each(HOSTILE.map(([name, , shown], index) => [name, shown, index] as const))(
    "shows %s as plain text in the stream and in the views",
    async (_name, shown, index) => {
      const { editor } = host();
      const text = await editor.rows(`hostile-${index}`).textContent();
      expect(text).toContain(shown);
      expect(text).toContain(`user ${shown}`);
      await editor.showViews();
      // A joiner that is not seen keeps `$(` from being read as an icon.
      const label = shown.replace("$(", "$\u2060(");
      for (const item of [`user ${label}`, `workspace ${label}`]) {
        await editor.page.locator(".sidebar .label-name").filter({ hasText: item }).first().waitFor();
      }
    },
  );

  it("never runs or loads any of it", async () => {
    const { editor } = host();
    expect(dialogs).toEqual([]);
    expect(await editor.stream.locator("img").count()).toBe(0);
    expect(await editor.page.locator(".sidebar img[src=x], .codicon-trash").count()).toBe(0);
    expect(await editor.stream.locator("[href^='command:']").count()).toBe(0);
  });

  it("cuts an argument of 1 MB in its row, and has it whole in the details", async () => {
    const { editor } = host();
    const row = editor.rows("megabyte");
    expect((await row.textContent())?.length).toBeLessThan(4_000);
    await row.click();
    const argument = editor.stream.getByRole("region", { name: "Arguments" }).locator("code").nth(1);
    await argument.filter({ hasText: "-end" }).waitFor();
    expect((await argument.textContent())?.length).toBe(MEGABYTE);
  });

  it("shows what a program with the longest possible argument was called with, live", async () => {
    const { editor } = host();
    await host().run(["/bin/true", "longest", `${"y".repeat(LONGEST_ARGUMENT - 4)}-end`]);
    await editor.filterRows("longest");
    const row = editor.rows("/bin/true longest");
    await row.waitFor();
    await row.click();
    const section = editor.stream.getByRole("region", { name: "Arguments" });
    const argument = section.locator("code").nth(2);
    await argument.filter({ hasText: /^y{10000}.*…/ }).waitFor();
    // The kernel side keeps the first 32 KiB of all arguments, and says so.
    await section.getByText("Not whole").waitFor();
  });
});
