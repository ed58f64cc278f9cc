import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "playwright-core";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { recordedLog } from "./support/recordedLog.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

/** Holds back what the model exports, so that the export lasts for as long as a test wants it to. */
const HOLD = `(() => {
  const post = self.postMessage.bind(self);
  const held = [];
  self.postMessage = (message) => (message.type === "exported" ? held.push(message) : post(message));
  self.heldParts = () => held.length;
})()`;

describeBrowser("an export that takes long", () => {
  const host = useEditorHost({ tracer: false });
  const file = (name: string): string => join(host().traced.directory, "export", name);

  /** The thread of the process stream that is open now; one that was held before is of a page that goes. */
  async function model(): Promise<Worker> {
    let found: Worker | undefined;
    await expect
      .poll(
        async () => {
          for (const worker of host().editor.page.workers()) {
            const is = worker.evaluate(`self.name === "process tree" && self.heldParts === undefined`);
            if (await is.catch(() => false)) found = worker;
          }
          return found;
        },
        { timeout: 30_000 },
      )
      .toBeDefined();
    if (found === undefined) throw new Error("the process stream has no thread");
    return found;
  }

  async function chooseExport(name: string): Promise<void> {
    const { editor } = host();
    const dialog = editor.page.locator(".quick-input-title", { hasText: "Export" });
    await editor.runAndChoose("Process Logging: Export…", "Everything: the log's own JSON lines");
    await dialog.waitFor();
    await editor.chooseFile(file(name));
  }

  /** Begins one, of which not a part has come. */
  async function beginExport(name: string): Promise<void> {
    const { editor } = host();
    const worker = await model();
    await worker.evaluate(HOLD);
    await chooseExport(name);
    await editor.notifications.filter({ hasText: "Exporting processes" }).waitFor();
    await expect.poll(() => worker.evaluate("self.heldParts()"), { timeout: 30_000 }).toBe(1);
  }

  const written = (): readonly string[] => readdirSync(join(host().traced.directory, "export"));

  it("is cancelled by its notification, and leaves nothing behind", async () => {
    const { editor, traced } = host();
    await traced.workspace("jessie", "main").run(["mkdir", join(traced.directory, "export")]);
    const log = join(traced.directory, "recorded.jsonl");
    writeFileSync(log, recordedLog());
    await editor.openLogFile(log);
    await editor.rows("git rev-parse").waitFor();
    await beginExport("processes.jsonl");
    // What is written stands beside the file until it is whole.
    expect(written()).toEqual([expect.stringMatching(/^\.processes\.jsonl\..*\.part$/)]);
    const running = editor.notifications.filter({ hasText: "Exporting processes" });
    await running.getByRole("button", { name: "Cancel" }).click();
    await running.waitFor({ state: "detached" });
    await expect.poll(written, { timeout: 10_000 }).toEqual([]);
    expect(await editor.notifications.filter({ hasText: /Exported|could not/ }).count()).toBe(0);
  });

  it("ends with a word of why when the page is loaded anew, and can be run again", async () => {
    const { editor } = host();
    await editor.runCommand("Developer: Reload Webviews");
    await editor.rows("git rev-parse").waitFor();
    await beginExport("processes.jsonl");
    await editor.runCommand("Developer: Reload Webviews");
    await editor.notifications.filter({ hasText: "the process stream was loaded anew" }).waitFor();
    await expect.poll(written, { timeout: 10_000 }).toEqual([]);
    await editor.rows("git rev-parse").waitFor();
    await chooseExport("processes.jsonl");
    await editor.notifications.filter({ hasText: /Exported \d/ }).waitFor();
    expect(written()).toEqual(["processes.jsonl"]);
  });

  it("leaves nothing behind when the whole editor is loaded anew", async () => {
    const { editor } = host();
    await beginExport("others.jsonl");
    expect(written()).toHaveLength(2);
    await editor.reload();
    await expect.poll(written, { timeout: 30_000 }).toEqual(["processes.jsonl"]);
  });
});
