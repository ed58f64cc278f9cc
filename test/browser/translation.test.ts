import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { it } from "vitest";
import type { Texts } from "../../protocol/text/translate.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

const english = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../l10n/bundle.l10n.json"), "utf8"),
) as Texts;
const texts = Object.fromEntries(Object.keys(english).map((text) => [text, `⟦${text}⟧`]));

describeBrowser("the editor in another language", () => {
  const host = useEditorHost({ tracer: false, texts });

  it("says in it why a tracer is not connected, in the view and in the process stream", async () => {
    const { editor, traced } = host();
    const socket = join(traced.directory, "nobody.sock");
    await editor.runCommand("Process Logging: Connect…");
    await editor.choices.filter({ hasText: "⟦Another socket…⟧" }).click();
    await editor.page.locator(".quick-input-message", { hasText: "⟦Whole path" }).waitFor();
    await editor.typeChoice(socket);
    await editor.page.keyboard.press("Enter");
    await editor.showViews();
    const why = `⟦no tracer service listens on ${socket}: is it installed and started?⟧`;
    await editor.page.locator(".sidebar").getByText(why).first().waitFor();
    await editor.openStream();
    await editor.stream.getByText(why).first().waitFor();
  });

  it("says in it why a log could not be read to its end", async () => {
    const { editor, traced } = host();
    const file = join(traced.directory, "half.jsonl.gz");
    writeFileSync(file, gzipSync("no event\n".repeat(10_000)).subarray(0, -12));
    await editor.openLogFile(file);
    await editor.showViews();
    const why = "⟦it ends within its compressed data: copy it again, whole⟧";
    await editor.page.locator(".sidebar").getByText(why).first().waitFor();
  });

  it("says in it that there is no kubeconfig, which another bundle finds out", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Connect to a Cluster…");
    await editor.notifications.filter({ hasText: "⟦there is no kubeconfig: " }).waitFor();
  });

  it("says in it what is wrong with an address", async () => {
    const { editor } = host();
    await editor.runCommand("Process Logging: Connect…");
    await editor.choices.filter({ hasText: "⟦An address…⟧" }).click();
    await editor.page.locator(".quick-input-message", { hasText: "⟦Address of" }).waitFor();
    await editor.typeChoice("http://example.com/");
    const why = "⟦the address must begin with https:// or wss://: others could read the token on its way⟧";
    await editor.page.locator(".quick-input-message", { hasText: why }).waitFor();
    await editor.page.keyboard.press("Escape");
  });
});
