import { writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { recordedLog } from "./support/recordedLog.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

interface Violation {
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const THEMES = [
  ["Dark Modern", "vscode-dark"],
  ["Light Modern", "vscode-light"],
  ["Default High Contrast", "vscode-high-contrast"],
  ["Default High Contrast Light", "vscode-high-contrast-light"],
] as const;

describeBrowser("the process stream in the editor's themes", () => {
  const host = useEditorHost({ tracer: false });

  it("opens with a row selected, so that all of it is there to be looked at", async () => {
    const { editor, traced } = host();
    const file = join(traced.directory, "recorded.jsonl");
    writeFileSync(file, recordedLog());
    await editor.openLogFile(file);
    await editor.rows("git rev-parse").click();
    await editor.stream.getByText("In the log", { exact: true }).waitFor();
  });

  it.each(THEMES)("has no accessibility violation in %s", async (theme, bodyClass) => {
    const { editor } = host();
    await editor.chooseTheme(theme);
    await editor.stream.locator(`body.${bodyClass}`).waitFor();
    const frame = await editor.streamFrame();
    await frame.evaluate(axe.source);
    const violations: readonly Violation[] = await frame.evaluate(
      "axe.run().then(({ violations }) => violations)",
    );
    expect(
      violations.flatMap(({ nodes }) => nodes.map((node) => `${node.html} ${node.failureSummary}`)),
    ).toEqual([]);
  });
});
