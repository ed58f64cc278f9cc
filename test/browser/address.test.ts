import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("a tracer at an address", () => {
  const host = useEditorHost({ tracer: false });
  const token = randomBytes(24).toString("hex");

  it("is connected to with a token that is pasted", async () => {
    const { editor, traced } = host();
    const file = join(traced.directory, "token");
    writeFileSync(file, token, { mode: 0o600 });
    const service = await traced.trace(["--listen", "127.0.0.1:0", "--token-file", file]);
    const [, port = ""] = /"port":(\d+)/.exec(service.stderr) ?? [];
    await editor.runCommand("Process Logging: Connect…");
    await editor.choices.filter({ hasText: "An address…" }).click();
    await editor.page.locator(".quick-input-message", { hasText: "Address of the tracer" }).waitFor();
    await editor.typeChoice(`http://127.0.0.1:${port}/`);
    await editor.page.keyboard.press("Enter");
    await editor.page.locator(".quick-input-widget input[type=password]").fill(token);
    await editor.page.keyboard.press("Enter");
    await editor.showViews();
    await editor.treeItem(hostname()).filter({ hasText: "ready" }).waitFor();
    await editor.openStream();
    await host().run(["/bin/echo", "over-an-address"]);
    await editor.rows("over-an-address").waitFor();
  });

  it("leaves the token in no file of the editor, and out of the stream's page", async () => {
    const { editor, traced } = host();
    const { status, stdout } = spawnSync("grep", [
      ...["--recursive", "--files-with-matches", "--fixed-strings", token],
      join(traced.directory, "code-server"),
    ]);
    expect({ status, files: stdout.toString() }).toEqual({ status: 1, files: "" });
    expect(await (await editor.streamFrame()).content()).not.toContain(token);
  });
});
