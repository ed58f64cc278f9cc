import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import { CodeServer } from "../../browser/support/codeServer.ts";
import { EditorPage } from "../../browser/support/editorPage.ts";
import { TestCgroup } from "../../kernel/support/testCgroup.ts";

const PICTURES = join(import.meta.dirname, "../../../dist/test/browser");

/** code-server with the packed extension, connected to nothing, and the editor in a browser. `close` ends both. */
export class BrowserEditor {
  readonly editor: EditorPage;
  readonly #server: CodeServer;
  readonly #cgroup: TestCgroup;
  readonly #directory: string;

  private constructor(editor: EditorPage, server: CodeServer, cgroup: TestCgroup, directory: string) {
    this.editor = editor;
    this.#server = server;
    this.#cgroup = cgroup;
    this.#directory = directory;
  }

  /** `settings`: of the machine. */
  static async open(settings: Readonly<Record<string, unknown>>): Promise<BrowserEditor> {
    const directory = mkdtempSync(join(tmpdir(), "wpl-cluster-editor-"));
    const [hierarchy] = findHierarchies().visible;
    const cgroup = new TestCgroup(hierarchy?.mountPoint ?? "", `/wpl-test-${randomBytes(6).toString("hex")}`);
    const folder = join(directory, "folder");
    mkdirSync(folder);
    const server = await CodeServer.start({
      ...{ cgroup, folder, directory: join(directory, "code-server"), trusts: true },
      settings: { "processLogging.autoConnect": false, ...settings },
    });
    return new BrowserEditor(await EditorPage.open(server), server, cgroup, directory);
  }

  /** Waits until a report is the tab in front and shows this. */
  async untilShown(title: string, text: string): Promise<void> {
    await this.editor.page.locator(".tab.active", { hasText: title }).waitFor();
    await this.editor.page.locator(".view-lines").filter({ hasText: text }).first().waitFor();
  }

  /** What is to be seen of the text in front; the editor writes blanks as non-breaking ones. */
  async shownText(): Promise<string> {
    const texts = await this.editor.page.locator(".view-lines").allInnerTexts();
    return texts.join("\n").replaceAll("\u00a0", " ");
  }

  /** Keeps what the editor looked like when a test of that name failed. */
  async keepPicture(test: string): Promise<void> {
    await this.editor.page.screenshot({ path: join(PICTURES, `${test.replaceAll(/\W+/g, "-")}.png`) });
  }

  async close(): Promise<void> {
    await this.editor.close();
    this.#server.stop();
    await this.#cgroup.remove();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
